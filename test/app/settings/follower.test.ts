// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { SettingsFollower } from '#app/settings/follower.ts';
import type { ActiveSettings } from '#domain/settings/active-settings.ts';
import type { Problem } from '#domain/problem/problem.ts';
import { ProblemError } from '#domain/problem/problem.ts';
import { NodeSettingsSource } from '#app/settings/node-settings-source.ts';
import type { NodeEntryDocument } from '#domain/settings/document.ts';
import { validateSettings } from '#domain/settings/validation/settings.ts';
import type { ConfigReading } from '#ports/config-source.ts';
import { HeldConfigSource } from '../../support/held-config-source.ts';
import { HeldNodeLabels } from '../../support/held-node-labels.ts';
import { RecordedLog } from '../../support/recorded-log.ts';
import { SteppedClock, settle } from '../../support/stepped-clock.ts';

const problem: Problem = { code: 'BAD', actor: 'operator', subject: 'x', message: 'x is bad.', remedy: 'Fix x.' };
const warning: Problem = { ...problem, code: 'ODD', subject: 'y', message: 'y is odd.' };
const resource = (rdmaHcaMax: number): object => ({
  resourceName: 'hca',
  rdmaHcaMax,
  selectors: { vendors: ['15b3'] },
});
function valid(rdmaHcaMax: number, ...nodes: readonly NodeEntryDocument[]): ConfigReading {
  const { settings, problems, warnings } = validateSettings({ configList: [resource(rdmaHcaMax)], nodes });
  return settings === null
    ? { valid: false, retryable: false, problems, warnings }
    : { valid: true, settings, warnings };
}
/** Settings with a resource `hca` and others, of which the kubelet may reject some. */
function partlyValid(rdmaHcaMax: number, ...others: readonly object[]): ConfigReading {
  const { settings, problems, warnings } = validateSettings({ configList: [resource(rdmaHcaMax), ...others] });
  return settings === null
    ? { valid: false, retryable: false, problems, warnings }
    : { valid: true, settings, warnings };
}
const invalid = (retryable = false): ConfigReading => ({ valid: false, retryable, problems: [problem], warnings: [] });

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

describe('SettingsFollower.first', () => {
  it('returns generation 1, with the same hash for the same settings', async () => {
    const first = await over(valid(3)).follower.first();
    const other = await over(valid(3)).follower.first();
    expect(first).toMatchObject({ generation: 1, hash: other?.hash });
    expect(first?.hash).not.toBe((await over(valid(4)).follower.first())?.hash);
  });

  it('rejects with every problem of invalid settings', async () => {
    const failure: unknown = await over(invalid())
      .follower.first()
      .catch((error: unknown) => error);
    expect(failure instanceof ProblemError && failure.problems).toEqual([problem]);
  });

  it('logs the warnings of invalid settings that it rejects', async () => {
    const { log, follower } = over({ valid: false, retryable: false, problems: [problem], warnings: [warning] });
    await follower.first().catch(() => {});
    expect(log.messages('warning')).toEqual(['y is odd.']);
  });

  it('waits for settings that may still come, logs that once, and returns them at the hint', async () => {
    const { become, clock, log, follower } = over(invalid(true));
    const first = follower.first();
    await clock.step(60_000);
    expect(log.messages('error')).toEqual(['waiting for settings', 'x is bad.']);
    await become(valid(3));
    expect((await first)?.generation).toBe(1);
    expect(clock.pending).toBe(0);
  });

  it('retries every 5 s if there is no hint', async () => {
    const { source, clock, follower } = over(invalid(true));
    const first = follower.first();
    await clock.step(20_000);
    expect(source.reads).toBe(5);
    follower.stop();
    expect(await first).toBeNull();
    expect([source.watchers, clock.pending]).toEqual([0, 0]);
  });
});

describe('SettingsFollower', () => {
  it('reports settings that differ from the active ones and counts generations', async () => {
    const { become, log, follower, seen, note } = over(valid(3));
    await follower.first();
    follower.follow(note);
    await become(valid(4));
    await become(valid(4));
    await become(valid(5));
    expect(seen).toEqual([4, 5]);
    expect(log.valuesOf('new settings applied', 'generation')).toEqual([2, 3]);
  });

  it('notices a change between the first reading and the watch', async () => {
    const { become, follower, seen, note } = over(valid(3));
    await follower.first();
    await become(valid(7));
    follower.follow(note);
    await settle();
    expect(seen).toEqual([7]);
  });

  it('logs invalid settings once, keeps the previous ones and applies the next valid ones', async () => {
    const { become, log, follower, seen, note } = over(valid(3));
    await follower.first();
    follower.follow(note);
    for (let i = 0; i < 3; i += 1) await become(invalid());
    expect(log.messages('error')).toEqual(['new settings rejected; keeping the previous ones', 'x is bad.']);
    await become(valid(3));
    expect(seen).toEqual([]);
    await become(invalid());
    expect(log.messages('error')).toHaveLength(4);
    await become(valid(6));
    expect(seen).toEqual([6]);
  });

  it('logs invalid settings again when only their warnings change', async () => {
    const { become, log, follower, note } = over(valid(3));
    await follower.first();
    follower.follow(note);
    await become(invalid());
    await become({ valid: false, retryable: false, problems: [problem], warnings: [warning] });
    expect(log.messages('warning')).toEqual(['y is odd.']);
    expect(log.messages('error').filter((message) => message === 'x is bad.')).toHaveLength(2);
  });

  it('follows other resources when one becomes invalid for the kubelet, and logs that as an error once', async () => {
    const { become, log, follower, seen, note } = over(valid(3));
    await follower.first();
    follower.follow(note);
    const bad: ConfigReading = partlyValid(5, { ...resource(1), resourceName: 'fabric_' });
    for (let i = 0; i < 3; i += 1) await become(bad);
    expect(seen).toEqual([5]);
    expect(log.messages('error')).toEqual([expect.stringContaining('configList[1].resourceName is "fabric_"')]);
    expect(log.valuesOf('new settings applied', 'rejected')).toEqual([['rdma/fabric_']]);
    await become(partlyValid(5, { ...resource(1), resourceName: 'fabric' }));
    expect(log.messages('error')).toHaveLength(1);
    expect(log.valuesOf('new settings applied', 'resources').at(-1)).toEqual(['rdma/hca', 'rdma/fabric']);
  });

  it('starts with resources that are all invalid for the kubelet', async () => {
    const { log, follower } = over(partlyValid(999_999));
    expect(await follower.first()).toMatchObject({ settings: { resources: [] }, rejected: [{ name: 'rdma/hca' }] });
    expect(log.messages('error')).toHaveLength(1);
  });

  it('keeps the previous settings when a document has another problem too', async () => {
    const { become, follower, seen, note } = over(valid(3));
    await follower.first();
    follower.follow(note);
    await become(partlyValid(999_999, { ...resource(1), resourceName: '' }));
    expect(seen).toEqual([]);
  });

  it('logs that the settings are unchanged when they become valid again', async () => {
    const { become, log, follower, note } = over(valid(3));
    await follower.first();
    follower.follow(note);
    await become(invalid());
    await become(valid(3));
    expect(log.messages('info')).toEqual(['settings applied', 'settings unchanged']);
  });

  it('notifies its observer of each reading, including the first', async () => {
    const source = new HeldConfigSource(invalid(true));
    const ofNode = new NodeSettingsSource({ configSource: source, nodeName: null, nodeLabels: new HeldNodeLabels() });
    const results: (number | string)[] = [];
    const observer = {
      settingsApplied: ({ generation }: ActiveSettings) => results.push(generation),
      settingsRejected: ([first]: readonly Problem[]) => results.push(first?.code ?? ''),
    };
    const follower = new SettingsFollower(ofNode, new SteppedClock(), new RecordedLog(), [observer]);
    const first = follower.first();
    await settle();
    source.become(valid(3));
    await first;
    follower.follow(() => {});
    await settle();
    for (const reading of [invalid(), valid(3), valid(4)]) {
      source.become(reading);
      await settle();
    }
    expect(results).toEqual(['BAD', 1, 1, 'BAD', 1, 2]);
    follower.stop();
  });

  it('logs the result of a reload even if nothing changed', async () => {
    const { become, log, follower, note } = over(valid(3));
    await follower.first();
    follower.follow(note);
    await settle();
    await follower.reload();
    expect(log.messages('info')).toEqual(['settings applied', 'settings unchanged']);
    await become(invalid());
    await follower.reload();
    expect(log.messages('error')).toHaveLength(4);
  });

  it('keeps the active settings while labels that an entry needs cannot be read', async () => {
    const { become, labels, log, follower, seen, note } = over(valid(3));
    await follower.first();
    follower.follow(note);
    const match = { labels: { gpu: 'h100' } };
    await become(valid(4, { match, configList: [resource(8)] }));
    expect(seen).toEqual([]);
    expect(log.messages('error')).toEqual([
      'new settings rejected; keeping the previous ones',
      'The labels are missing.',
    ]);
    labels.hold({ gpu: 'h100' });
    await settle();
    labels.hold({ gpu: 'a100' });
    await settle();
    expect(seen).toEqual([8, 4]);
    expect(log.valuesOf('new settings applied', 'nodeEntries')).toEqual([['nodes[0]'], undefined]);
  });

  it('logs the matching entries of nodes and counts a generation if only they changed', async () => {
    const { become, log, follower, note } = over(valid(3, { match: { names: ['gpu-*'] }, setLinksUp: false }));
    expect(await follower.first()).toMatchObject({ generation: 1, nodeEntries: ['nodes[0]'] });
    follower.follow(note);
    await become(valid(3));
    expect(log.valuesOf('settings applied', 'nodeEntries')).toEqual([['nodes[0]']]);
    const [before] = log.valuesOf('settings applied', 'hash');
    expect(log.lines.find(({ message }) => message === 'new settings applied')?.fields).toEqual({
      generation: 2,
      hash: before,
      resources: ['rdma/hca'],
    });
  });

  it('returns the same hash for the same effective settings of different documents', async () => {
    const first = over(valid(3, { match: { names: ['gpu-17'] }, configList: [resource(9)] }));
    const other = over(valid(9), 'cpu-1');
    expect((await first.follower.first())?.hash).toBe((await other.follower.first())?.hash);
  });

  it('does nothing after it was stopped', async () => {
    const { source, become, follower, seen, note } = over(valid(3));
    await follower.first();
    follower.follow(note);
    await settle();
    follower.stop();
    const reads = source.reads;
    await become(valid(9));
    await follower.reload();
    expect([seen, source.watchers, source.reads]).toEqual([[], 0, reads]);
  });
});

describe('SettingsFollower when a read does not finish', () => {
  it('reports it once, keeps the settings, and reads again when it finishes', async () => {
    const { source, become, clock, log, follower, seen, note } = over(valid(3));
    await follower.first();
    follower.follow(note);
    await settle();
    const release = source.hold();
    await become(valid(9));
    await clock.step(120_000);
    expect(seen).toEqual([]);
    expect(log.messages('error')).toEqual([
      'new settings rejected; keeping the previous ones',
      'Reading the settings has not finished after 15 s and is still running.',
    ]);
    release();
    await clock.step(0);
    expect(seen).toEqual([9]);
  });

  it('waits for the first settings, and can be stopped meanwhile', async () => {
    const { source, clock, log, follower } = over(valid(3));
    source.hold();
    const first = follower.first();
    await clock.step(60_000);
    expect(log.messages('error')[0]).toBe('waiting for settings');
    follower.stop();
    expect(await first).toBeNull();
  });
});
