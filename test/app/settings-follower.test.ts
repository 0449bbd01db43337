// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { type ActiveSettings, SettingsFollower } from '#app/settings-follower.ts';
import type { Problem } from '#domain/problem/problem.ts';
import { ProblemError } from '#domain/problem/problem.ts';
import { NodeSettingsSource } from '#app/node-settings-source.ts';
import type { NodeEntryDocument } from '#domain/settings/document.ts';
import { validateSettings } from '#domain/settings/validate-settings.ts';
import type { ConfigReading } from '#ports/config-source.ts';
import { HeldConfigSource } from '../support/held-config-source.ts';
import { HeldNodeLabels } from '../support/held-node-labels.ts';
import { RecordedLog } from '../support/recorded-log.ts';
import { SteppedClock, settle } from '../support/stepped-clock.ts';

const problem: Problem = { code: 'BAD', actor: 'operator', subject: 'x', message: 'x is bad.', remedy: 'Mend x.' };
const resource = (rdmaHcaMax: number): object => ({
  resourceName: 'hca',
  rdmaHcaMax,
  selectors: { vendors: ['15b3'] },
});
function good(rdmaHcaMax: number, ...nodes: readonly NodeEntryDocument[]): ConfigReading {
  const { settings, problems, warnings } = validateSettings({ configList: [resource(rdmaHcaMax)], nodes });
  return settings === null
    ? { valid: false, retryable: false, problems, warnings }
    : { valid: true, settings, warnings };
}
const bad = (retryable = false): ConfigReading => ({ valid: false, retryable, problems: [problem], warnings: [] });

function over(reading: ConfigReading, nodeName: string | null = 'gpu-17') {
  const source = new HeldConfigSource(reading);
  const labels = new HeldNodeLabels();
  const clock = new SteppedClock();
  const log = new RecordedLog();
  const follower = new SettingsFollower(
    new NodeSettingsSource({ configSource: source, nodeName, nodeLabels: labels }),
    clock,
    log,
  );
  const seen: number[] = [];
  const note = ({ settings }: ActiveSettings): unknown => seen.push(settings.resources[0]?.rdmaHcaMax ?? -1);
  const become = async (newer: ConfigReading): Promise<void> => {
    source.become(newer);
    await settle();
  };
  return { source, labels, become, clock, log, follower, seen, note };
}

describe('the first settings', () => {
  it('are generation 1, with a hash that the same settings have in each process', async () => {
    const first = await over(good(3)).follower.first();
    const other = await over(good(3)).follower.first();
    expect(first).toMatchObject({ generation: 1, hash: other?.hash });
    expect(first?.hash).not.toBe((await over(good(4)).follower.first())?.hash);
  });

  it('that are wrong are refused with every problem', async () => {
    const failure: unknown = await over(bad())
      .follower.first()
      .catch((error: unknown) => error);
    expect(failure instanceof ProblemError && failure.problems).toEqual([problem]);
  });

  it('that may still come are waited for, which is told once, and taken at the hint', async () => {
    const { become, clock, log, follower } = over(bad(true));
    const first = follower.first();
    await clock.step(60_000);
    expect(log.messages('error')).toEqual(['waiting for settings', 'x is bad.']);
    await become(good(3));
    expect((await first)?.generation).toBe(1);
    expect(clock.pending).toBe(0);
  });

  it('are looked for by the clock where no hint comes', async () => {
    const { source, clock, follower } = over(bad(true));
    const first = follower.first();
    await clock.step(20_000);
    expect(source.reads).toBe(5);
    follower.stop();
    expect(await first).toBeNull();
    expect([source.watchers, clock.pending]).toEqual([0, 0]);
  });
});

describe('a follower', () => {
  it('hands on what differs from the settings in force, and counts generations', async () => {
    const { become, log, follower, seen, note } = over(good(3));
    await follower.first();
    follower.follow(note);
    await become(good(4));
    await become(good(4));
    await become(good(5));
    expect(seen).toEqual([4, 5]);
    expect(log.valuesOf('new settings applied', 'generation')).toEqual([2, 3]);
  });

  it('sees what changed between the first reading and its watch', async () => {
    const { become, follower, seen, note } = over(good(3));
    await follower.first();
    await become(good(7));
    follower.follow(note);
    await settle();
    expect(seen).toEqual([7]);
  });

  it('tells bad settings once, keeps the old ones, and takes the next good ones', async () => {
    const { become, log, follower, seen, note } = over(good(3));
    await follower.first();
    follower.follow(note);
    for (let i = 0; i < 3; i += 1) await become(bad());
    expect(log.messages('error')).toEqual(['new settings rejected; keeping the previous ones', 'x is bad.']);
    await become(good(3));
    expect(seen).toEqual([]);
    await become(bad());
    expect(log.messages('error')).toHaveLength(4);
    await become(good(6));
    expect(seen).toEqual([6]);
  });

  it('says that settings are good again where they become those in force', async () => {
    const { become, log, follower, note } = over(good(3));
    await follower.first();
    follower.follow(note);
    await become(bad());
    await become(good(3));
    expect(log.messages('info')).toEqual(['settings applied', 'settings unchanged']);
  });

  it('tells its witness of each reading, from the first on', async () => {
    const source = new HeldConfigSource(bad(true));
    const ofNode = new NodeSettingsSource({ configSource: source, nodeName: null, nodeLabels: new HeldNodeLabels() });
    const said: (number | string)[] = [];
    const witness = {
      settingsApplied: ({ generation }: ActiveSettings) => said.push(generation),
      settingsRejected: ([first]: readonly Problem[]) => said.push(first?.code ?? ''),
    };
    const follower = new SettingsFollower(ofNode, new SteppedClock(), new RecordedLog(), witness);
    const first = follower.first();
    await settle();
    source.become(good(3));
    await first;
    follower.follow(() => {});
    await settle();
    for (const reading of [bad(), good(3), good(4)]) {
      source.become(reading);
      await settle();
    }
    expect(said).toEqual(['BAD', 1, 1, 'BAD', 1, 2]);
    follower.stop();
  });

  it('tells a person who asks for a reading what came of it, changed or not', async () => {
    const { become, log, follower, note } = over(good(3));
    await follower.first();
    follower.follow(note);
    await settle();
    await follower.reload();
    expect(log.messages('info')).toEqual(['settings applied', 'settings unchanged']);
    await become(bad());
    await follower.reload();
    expect(log.messages('error')).toHaveLength(4);
  });

  it('keeps what is in force while labels that an entry asks for cannot be read, and takes them when they can', async () => {
    const { become, labels, log, follower, seen, note } = over(good(3));
    await follower.first();
    follower.follow(note);
    const match = { labels: { gpu: 'h100' } };
    await become(good(4, { match, configList: [resource(8)] }));
    expect(seen).toEqual([]);
    expect(log.messages('error')).toEqual([
      'new settings rejected; keeping the previous ones',
      'The labels are not there.',
    ]);
    labels.hold({ gpu: 'h100' });
    await settle();
    labels.hold({ gpu: 'a100' });
    await settle();
    expect(seen).toEqual([8, 4]);
    expect(log.valuesOf('new settings applied', 'nodeEntries')).toEqual([['nodes[0]'], undefined]);
  });

  it('says which entries of nodes made the settings, and counts a generation where only they changed', async () => {
    const { become, log, follower, note } = over(good(3, { match: { names: ['gpu-*'] }, setLinksUp: false }));
    expect(await follower.first()).toMatchObject({ generation: 1, nodeEntries: ['nodes[0]'] });
    follower.follow(note);
    await become(good(3));
    expect(log.valuesOf('settings applied', 'nodeEntries')).toEqual([['nodes[0]']]);
    const [before] = log.valuesOf('settings applied', 'hash');
    expect(log.lines.find(({ message }) => message === 'new settings applied')?.fields).toEqual({
      generation: 2,
      hash: before,
      resources: ['rdma/hca'],
    });
  });

  it('gives the hash of what is in force, however the document says it', async () => {
    const first = over(good(3, { match: { names: ['gpu-17'] }, configList: [resource(9)] }));
    const other = over(good(9), 'cpu-1');
    expect((await first.follower.first())?.hash).toBe((await other.follower.first())?.hash);
  });

  it('does nothing more once it is stopped', async () => {
    const { source, become, follower, seen, note } = over(good(3));
    await follower.first();
    follower.follow(note);
    await settle();
    follower.stop();
    const reads = source.reads;
    await become(good(9));
    await follower.reload();
    expect([seen, source.watchers, source.reads]).toEqual([[], 0, reads]);
  });
});
