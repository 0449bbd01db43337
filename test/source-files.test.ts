// SPDX-License-Identifier: Apache-2.0
import { basename, dirname } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { filesUnder, isGenerated, lineCount, textOf } from './support/source-tree.ts';

const sources = filesUnder('src').filter((file) => !isGenerated(file));
const tests = filesUnder('test');
const folders = [...new Set(sources.map((file) => dirname(file)))].filter((folder) => folder !== 'src').toSorted();

/** Files that break a limit and wait to be split. A file that no longer breaks it must leave the list. */
const waiting = {
  sourceOver300Lines: [
    'src/adapters/kubelet/registration/generation.ts',
    'src/adapters/settings/schema/settings-schema.ts',
  ] as readonly string[],
  testOver400Lines: [
    'test/adapters/kubelet/kubelet-resource-publisher.test.ts',
    'test/adapters/kubernetes/config-map/config-source.test.ts',
    'test/app/daemon.test.ts',
    'test/families/nics.ts',
  ] as readonly string[],
  nameRepeatsFolder: [
    'src/adapters/discovery/module/module-discovery.ts',
    'src/adapters/fake-kubelet/fake-kubelet-control.ts',
    'src/adapters/fake-kubelet/fake-kubelet-settings.ts',
    'src/adapters/host/host-root.ts',
    'src/adapters/kubelet/kubelet-resource-publisher.ts',
    'src/adapters/kubelet/registration/registration-parts.ts',
    'src/adapters/kubernetes/kubernetes-adapters.ts',
    'src/adapters/metrics/metrics-endpoint.ts',
    'src/adapters/metrics/metrics-server.ts',
    'src/domain/offer/offer-words.ts',
    'src/domain/settings/settings-for-node.ts',
  ] as readonly string[],
  lineOver120Characters: [
    'src/adapters/cli/go-style-arguments.ts',
    'src/adapters/cli/parse-arguments.ts',
    'src/adapters/cli/program-options.ts',
    'src/adapters/discovery/combined-discovery.ts',
    'src/adapters/discovery/fake/document-field.ts',
    'src/adapters/discovery/fake/hca-spec.ts',
    'src/adapters/discovery/measured-discovery.ts',
    'src/adapters/discovery/module/guarded-module.ts',
    'src/adapters/discovery/module/inventory.ts',
    'src/adapters/discovery/module/problems.ts',
    'src/adapters/discovery/module/thread.ts',
    'src/adapters/discovery/module/worker-code.ts',
    'src/adapters/discovery/registry.ts',
    'src/adapters/fake-kubelet/connection/reference-codec.ts',
    'src/adapters/fake-kubelet/device-manager/checkpoint-file.ts',
    'src/adapters/fake-kubelet/device-manager/container-grant.ts',
    'src/adapters/fake-kubelet/device-manager/endpoint-table.ts',
    'src/adapters/fake-kubelet/device-manager/pod-admission.ts',
    'src/adapters/fake-kubelet/fake-kubelet-control.ts',
    'src/adapters/fake-kubelet/fake-kubelet-settings.ts',
    'src/adapters/fake-kubelet/kubelet-generation.ts',
    'src/adapters/fake-kubelet/plugin-manager/plugin-registrar.ts',
    'src/adapters/fake-kubelet/plugin-manager/plugin-watcher.ts',
    'src/adapters/fake-kubelet/plugin-manager/registration-socket.ts',
    'src/adapters/fake-kubelet/plugin-manager/socket-files.ts',
    'src/adapters/fake-kubelet/time/when.ts',
    'src/adapters/fake-kubelet/time/within.ts',
    'src/adapters/kubelet-api/services.ts',
    'src/adapters/kubelet/registration/back-off.ts',
    'src/adapters/kubelet/registration/directory-check.ts',
    'src/adapters/kubelet/registration/generation.ts',
    'src/adapters/kubelet/registration/other-instances.ts',
    'src/adapters/kubelet/registration/register-call.ts',
    'src/adapters/kubelet/registration/registration-parts.ts',
    'src/adapters/kubelet/registration/resource-registration.ts',
    'src/adapters/kubelet/registration/socket-file.ts',
    'src/adapters/kubelet/registration/stale-sockets.ts',
    'src/adapters/kubelet/serving/list-stream.ts',
    'src/adapters/kubelet/serving/plugin-server.ts',
    'src/adapters/kubelet/serving/resource-answers.ts',
    'src/adapters/kubelet/serving/wire.ts',
    'src/adapters/kubernetes/api/client.ts',
    'src/adapters/kubernetes/api/cluster-access.ts',
    'src/adapters/kubernetes/api/in-cluster-access.ts',
    'src/adapters/kubernetes/api/kubeconfig-access.ts',
    'src/adapters/kubernetes/api/missing-right.ts',
    'src/adapters/kubernetes/api/problems.ts',
    'src/adapters/kubernetes/config-map/config-source.ts',
    'src/adapters/kubernetes/config-map/watch-pace.ts',
    'src/adapters/kubernetes/config-map/watch.ts',
    'src/adapters/kubernetes/node/event-object.ts',
    'src/adapters/kubernetes/node/event-problems.ts',
    'src/adapters/kubernetes/node/events.ts',
    'src/adapters/kubernetes/node/labels.ts',
    'src/adapters/kubernetes/node/late-events.ts',
    'src/adapters/metrics/metric-definitions.ts',
    'src/adapters/metrics/metrics-endpoint.ts',
    'src/adapters/metrics/prometheus-metrics.ts',
    'src/adapters/settings/absent-node-labels.ts',
    'src/adapters/settings/document/parse-document.ts',
    'src/adapters/settings/document/read-yaml.ts',
    'src/adapters/settings/file/follow-file.ts',
    'src/adapters/settings/file/parse-labels.ts',
    'src/adapters/settings/file/read-bounded-file.ts',
    'src/adapters/settings/late-config-source.ts',
    'src/adapters/settings/late-node-labels.ts',
    'src/adapters/settings/read-settings.ts',
    'src/adapters/settings/schema/fit-to-schema.ts',
    'src/adapters/settings/schema/settings-schema.ts',
    'src/adapters/settings/schema/shape.ts',
    'src/app/daemon.ts',
    'src/app/link-raiser.ts',
    'src/app/node-event-reporter.ts',
    'src/app/node-settings-source.ts',
    'src/app/scan-with-deadline.ts',
    'src/app/settings-follower.ts',
    'src/demo/demo.ts',
    'src/demo/scenario.ts',
    'src/domain/kubelet-limits/list-size.ts',
    'src/domain/kubelet-limits/resource-name.ts',
    'src/domain/settings/name-template.ts',
    'src/domain/settings/selector-entry.ts',
    'src/domain/settings/settings-for-node.ts',
    'src/domain/settings/settings.ts',
    'src/domain/settings/validate-device-nodes.ts',
    'src/domain/settings/validate-node-entries.ts',
    'src/domain/settings/validate-resource-name.ts',
    'src/domain/settings/validate-settings.ts',
    'src/main.ts',
    'src/ports/config-source.ts',
    'src/ports/extra-nodes.ts',
    'src/ports/hca-change-hints.ts',
    'src/ports/metrics.ts',
    'src/ports/netdev-links.ts',
    'src/ports/node-events.ts',
    'src/ports/node-labels.ts',
    'src/ports/resource-publisher.ts',
    'src/testing/captured-host.ts',
    'src/testing/hca-discovery-contract.ts',
  ] as readonly string[],
};

/** Returns the first cell, without backticks, and the second cell of each row in the table under a heading of a page. */
function tableUnder(page: string, heading: string): readonly (readonly [folder: string, sentence: string])[] {
  const section =
    textOf(page)
      .split(new RegExp(`^## ${heading}$`, 'm'))[1]
      ?.split(/^## /m)[0] ?? '';
  return [...section.matchAll(/^\| `([^`]+)`\s*\| ([^|]+?)\s*\|/gm)].map(([, folder = '', text = '']) => [
    folder,
    text,
  ]);
}

describe('files of src', () => {
  it('have at most 300 lines', () => {
    expect(sources.filter((file) => lineCount(file) > 300)).toEqual(waiting.sourceOver300Lines);
  });

  it('have lines of at most 120 characters', () => {
    const long = sources.filter((file) =>
      textOf(file)
        .split('\n')
        .some((line) => line.length > 120),
    );
    expect(long).toEqual(waiting.lineOver120Characters);
  });

  it('do not repeat the name of their folder in their own', () => {
    const repeating = sources.filter((file) => basename(file).startsWith(`${basename(dirname(file))}-`));
    expect(repeating).toEqual(waiting.nameRepeatsFolder);
  });

  it('have a subject: none is an index, or a collection of utilities', () => {
    const nameless = /(^|-)(index|utils?|helpers?|common|base|impl|manager)\.ts$/;
    expect(sources.filter((file) => nameless.test(basename(file)))).toEqual([]);
  });

  it.each(folders)('are at most 14 in %s', (folder) => {
    const files = sources.filter((file) => dirname(file) === folder).map((file) => basename(file));
    expect(files.length <= 14 ? [] : files).toEqual([]);
  });
});

describe('files of test', () => {
  it('have at most 400 lines', () => {
    expect(tests.filter((file) => lineCount(file) > 400)).toEqual(waiting.testOver400Lines);
  });
});

describe('the rooms of docs/architecture.md', () => {
  const rooms = tableUnder('docs/architecture.md', 'Rooms');

  it('are the folders of src that hold files, each once', () => {
    expect(rooms.map(([folder]) => `src/${folder}`).toSorted()).toEqual(folders);
  });

  it.each(rooms)('have a sentence that says what belongs into %s: %s', (_, sentence) => {
    expect(sentence).toMatch(/^[A-Z].{15,}\.$/);
  });
});
