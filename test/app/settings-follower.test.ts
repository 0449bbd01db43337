// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { type InForce, SettingsFollower } from '#app/settings-follower.ts';
import type { Problem } from '#domain/errors.ts';
import { ProblemError } from '#domain/errors.ts';
import type { ConfigReading, ConfigSource } from '#ports/config-source.ts';
import { aResource, settingsOf } from '../support/an-hca.ts';
import { RecordedLog } from '../support/recorded-log.ts';
import { SteppedClock, settle } from '../support/stepped-clock.ts';

const problem: Problem = { code: 'BAD', actor: 'operator', subject: 'x', message: 'x is bad.', remedy: 'Mend x.' };
const good = (rdmaHcaMax: number): ConfigReading => ({ valid: true, settings: settingsOf(aResource({ rdmaHcaMax })), warnings: [] });
const bad = (worthWaiting = false): ConfigReading => ({ valid: false, worthWaiting, problems: [problem], warnings: [] });

/** A source whose content a test sets. */
class SetSource implements ConfigSource {
  watchers = 0;
  reads = 0;
  private readonly listeners = new Set<() => void>();

  constructor(private reading: ConfigReading) {}

  async read(): Promise<ConfigReading> {
    this.reads += 1;
    return await Promise.resolve(this.reading);
  }

  watch(onHint: () => void): () => void {
    this.watchers += 1;
    this.listeners.add(onHint);
    return () => {
      this.watchers -= 1;
      this.listeners.delete(onHint);
    };
  }

  async become(reading: ConfigReading): Promise<void> {
    this.reading = reading;
    for (const listener of this.listeners) listener();
    await settle();
  }
}

function over(reading: ConfigReading) {
  const source = new SetSource(reading);
  const clock = new SteppedClock();
  const log = new RecordedLog();
  const follower = new SettingsFollower(source, clock, log);
  const seen: number[] = [];
  const note = ({ settings }: InForce): unknown => seen.push(settings.resources[0]?.rdmaHcaMax ?? -1);
  return { source, clock, log, follower, seen, note };
}

describe('the first settings', () => {
  it('are generation 1, with a hash that the same settings have in each process', async () => {
    const first = await over(good(3)).follower.first();
    const other = await over(good(3)).follower.first();
    expect(first).toMatchObject({ generation: 1, hash: other?.hash });
    expect(first?.hash).not.toBe((await over(good(4)).follower.first())?.hash);
  });

  it('that are wrong are refused with every problem', async () => {
    const failure: unknown = await over(bad()).follower.first().catch((error: unknown) => error);
    expect(failure instanceof ProblemError && failure.problems).toEqual([problem]);
  });

  it('that may still come are waited for, which is told once, and taken at the hint', async () => {
    const { source, clock, log, follower } = over(bad(true));
    const first = follower.first();
    await clock.step(60_000);
    expect(log.messages('error')).toEqual(['waiting for settings', 'x is bad.']);
    await source.become(good(3));
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
    const { source, log, follower, seen, note } = over(good(3));
    await follower.first();
    follower.follow(note);
    await source.become(good(4));
    await source.become(good(4));
    await source.become(good(5));
    expect(seen).toEqual([4, 5]);
    expect(log.valuesOf('new settings are in force', 'generation')).toEqual([2, 3]);
  });

  it('sees what changed between the first reading and its watch', async () => {
    const { source, follower, seen, note } = over(good(3));
    await follower.first();
    await source.become(good(7));
    follower.follow(note);
    await settle();
    expect(seen).toEqual([7]);
  });

  it('tells bad settings once, keeps the old ones, and takes the next good ones', async () => {
    const { source, log, follower, seen, note } = over(good(3));
    await follower.first();
    follower.follow(note);
    for (let i = 0; i < 3; i += 1) await source.become(bad());
    expect(log.messages('error')).toEqual(['the settings cannot be used; the old ones stay in force', 'x is bad.']);
    await source.become(good(3));
    expect(seen).toEqual([]);
    await source.become(bad());
    expect(log.messages('error')).toHaveLength(4);
    await source.become(good(6));
    expect(seen).toEqual([6]);
  });

  it('tells a person who asks for a reading what came of it, changed or not', async () => {
    const { source, log, follower, note } = over(good(3));
    await follower.first();
    follower.follow(note);
    await settle();
    await follower.reload();
    expect(log.messages('info')).toEqual(['the settings are the same as before']);
    await source.become(bad());
    await follower.reload();
    expect(log.messages('error')).toHaveLength(4);
  });

  it('does nothing more once it is stopped', async () => {
    const { source, follower, seen, note } = over(good(3));
    await follower.first();
    follower.follow(note);
    await settle();
    follower.stop();
    const reads = source.reads;
    await source.become(good(9));
    await follower.reload();
    expect([seen, source.watchers, source.reads]).toEqual([[], 0, reads]);
  });
});
