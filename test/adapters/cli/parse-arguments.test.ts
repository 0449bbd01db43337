// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Invocation, parseArguments } from '#adapters/cli/parse-arguments.ts';
import { flags, variableOf } from '#adapters/cli/program-options.ts';

type Environment = Record<string, string>;

function invocationOf(words: readonly string[], environment: Environment = {}): Invocation {
  const asked = parseArguments(words, environment);
  if (asked.ask === 'stop') throw new Error(asked.text);
  return asked.invocation;
}

describe('the command line', () => {
  it('takes discovery modules from a flag that is repeated, and then none from the environment', () => {
    const environment = { RDMA_DP_DISCOVERY_MODULE: './c.mjs' };
    expect(
      invocationOf(['--discovery-module', './a.mjs', '--discovery-module=b,@acme/d'], environment).texts.get(
        'discovery-module',
      ),
    ).toBe('./a.mjs,b,@acme/d');
    expect(invocationOf([], environment).texts.get('discovery-module')).toBe('./c.mjs');
  });

  it('needs no words: it runs the daemon with upstream’s defaults', () => {
    const { command, useCdi, nodeEvents, texts } = invocationOf([]);
    expect({ command, useCdi, nodeEvents, ...Object.fromEntries(texts) }).toEqual({
      command: 'run',
      useCdi: false,
      nodeEvents: false,
      'config-file': '/k8s-rdma-shared-dev-plugin/config.json',
      'config-source': 'file',
      'host-root': '/',
      'device-plugins-dir': '/var/lib/kubelet/device-plugins',
      'plugins-registry-dir': '/var/lib/kubelet/plugins_registry',
      registration: 'auto',
      discovery: 'sysfs',
      'cdi-dir': '/var/run/cdi',
      'log-level': 'info',
      'log-format': 'text',
    });
  });

  it.each([
    ['two dashes and a separate word', ['--config-file', '/c']],
    ['two dashes and =', ['--config-file=/c']],
    ['one dash and a separate word', ['-config-file', '/c']],
    ['one dash and =', ['-config-file=/c']],
    ['the last of several', ['-config-file=/a', '--config-file', '/c']],
    ['before the command', ['--config-file=/c', 'run']],
    ['behind the command', ['run', '-config-file', '/c']],
  ])('takes a flag with %s', (_, words) => {
    expect(invocationOf(words).texts.get('config-file')).toBe('/c');
  });

  it.each([
    [['--use-cdi'], true],
    [['-use-cdi'], true],
    [['--use-cdi=true'], true],
    [['-use-cdi=T'], true],
    [['-use-cdi=1'], true],
    [['--use-cdi=false'], false],
    [['-use-cdi=0'], false],
    [['-use-cdi', '-use-cdi=F'], false],
  ])('reads a truth value as Go does: %j is %s', (words, truth) => {
    expect(invocationOf(words).useCdi).toBe(truth);
    expect(invocationOf(words, { RDMA_DP_USE_CDI: String(!truth) }).useCdi).toBe(truth);
  });

  it.each([['-v'], ['--version'], ['-version'], ['--version=true'], ['version']])(
    'asks for the version with %s',
    (word) => {
      expect(invocationOf([word]).command).toBe('version');
    },
  );

  it.each([
    [['discover', '-o', 'json'], 'json'],
    [['discover', '-o=wide'], 'wide'],
    [['--output', 'yaml', 'discover'], 'yaml'],
    [['discover'], null],
    [['-v', '-o', 'json'], 'json'],
  ])('reads the output format of %j', (words, output) => {
    expect(invocationOf(words).output).toBe(output);
  });

  it('prints help with every flag and its variable, and ends well', () => {
    const asked = parseArguments(['-h'], {});
    expect(asked).toMatchObject({ ask: 'stop', status: 0 });
    const text = asked.ask === 'stop' ? asked.text : '';
    for (const { name } of flags) {
      expect(text).toContain(`--${name} `);
      expect(text.replaceAll(/\s+/g, '')).toContain(variableOf(name));
    }
  });
});

describe('wrong usage', () => {
  it.each<[readonly string[], Environment, string]>([
    [['--confg-file=x'], {}, 'Did you mean --config-file?'],
    [['--config-file'], {}, 'argument missing'],
    [['serve'], {}, "unknown command 'serve'. Allowed are run, discover, demo, version"],
    [['run', 'now'], {}, 'too many arguments'],
    [['--log-level=loud'], {}, 'Allowed choices are debug, info, warning, error'],
    [['--registration', 'both'], {}, 'Allowed choices are auto, device-plugins, plugins-registry'],
    [['--use-cdi=perhaps'], {}, 'Allowed are true and false'],
    [['-use-cdi', 'false'], {}, "unknown command 'false'"],
    [['run', '-o', 'json'], {}, '--output json does not go with the command run'],
    [[], { RDMA_DP_LOG_FORMAT: 'xml' }, "RDMA_DP_LOG_FORMAT has the value 'xml'. Allowed are text, json"],
    [[], { RDMA_DP_USE_CDI: 'perhaps' }, 'RDMA_DP_USE_CDI'],
  ])('%j with %j ends with status 2 and says what is allowed', (words, environment, said) => {
    const asked = parseArguments(words, environment);
    expect(asked).toMatchObject({ ask: 'stop', status: 2 });
    expect(asked.ask === 'stop' && asked.text).toContain(said);
    expect(asked.ask === 'stop' && asked.text).toContain("Try 'rdma-shared-dp --help'.");
  });

  it('is never an exception, whatever the words are', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(fc.string(), fc.constantFrom('--', '-', '--use-cdi=', '-o', '--no-use-cdi', '--__proto__=1')),
        ),
        (words) => {
          expect(['command', 'stop']).toContain(parseArguments(words, {}).ask);
        },
      ),
    );
  });
});

describe('the environment', () => {
  it('goes before the default and behind the flag', () => {
    const environment = { RDMA_DP_CDI_DIR: '/from/environment', RDMA_DP_HOST_ROOT: '/host' };
    const { texts } = invocationOf(['--cdi-dir=/from/flag'], environment);
    expect([texts.get('cdi-dir'), texts.get('host-root')]).toEqual(['/from/flag', '/host']);
  });

  it('tells of the node in Events where it is asked to', () => {
    expect([
      invocationOf(['--node-events']).nodeEvents,
      invocationOf([], { RDMA_DP_NODE_EVENTS: 'true' }).nodeEvents,
    ]).toEqual([true, true]);
  });

  it('names the node as it is the custom in pods', () => {
    expect(invocationOf([], { NODE_NAME: 'gpu-17' }).texts.get('node-name')).toBe('gpu-17');
    expect(invocationOf(['--node-name=gpu-18'], { NODE_NAME: 'gpu-17' }).texts.get('node-name')).toBe('gpu-18');
  });

  it('counts as not set where it is empty', () => {
    expect(invocationOf([], { RDMA_DP_HOST_ROOT: '' }).texts.get('host-root')).toBe('/');
  });
});
