// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '#ports/clock.ts';

/** An inventory of a thousand HCAs has less than 1 MiB. */
export const maxAnswerBytes = 4 << 20;
/** A module posts an answer for each scan, and a hint after the last one was taken. */
export const maxMessagesPerSecond = 50;

interface AnswerListener {
  readonly onMessage: (message: unknown) => void;
  /** Says why nothing more is read, as a clause. */
  readonly onExcess: (excess: string) => void;
}

/** Reads lines of JSON from a process that may write anything, in any amount. */
export class AnswerReader {
  private parts: Buffer[] = [];
  private bytes = 0;
  private isClosed = false;
  private secondBeganAt = Number.NEGATIVE_INFINITY;
  private messages = 0;

  constructor(
    private readonly clock: Clock,
    private readonly listener: AnswerListener,
  ) {}

  take(part: Buffer): void {
    for (let rest = part; rest.length > 0 && !this.isClosed;) {
      const end = rest.indexOf('\n');
      const isComplete = end >= 0;
      this.add(isComplete ? rest.subarray(0, end) : rest);
      rest = isComplete ? rest.subarray(end + 1) : Buffer.alloc(0);
      if (isComplete && !this.isClosed) this.deliver();
    }
  }

  private add(part: Buffer): void {
    this.bytes += part.length;
    if (this.bytes > maxAnswerBytes) this.close(`it answered with more than ${maxAnswerBytes >> 20} MiB`);
    else this.parts.push(part);
  }

  private deliver(): void {
    const text = Buffer.concat(this.parts).toString('utf8');
    [this.parts, this.bytes] = [[], 0];
    const now = this.clock.now();
    if (now - this.secondBeganAt >= 1_000) [this.secondBeganAt, this.messages] = [now, 0];
    this.messages += 1;
    if (this.messages > maxMessagesPerSecond)
      return this.close(`it posted more than ${maxMessagesPerSecond} messages in a second`);
    const message = parse(text);
    if (message === undefined) this.close('it wrote to a descriptor that is not its own');
    else this.listener.onMessage(message);
  }

  private close(excess: string): void {
    this.isClosed = true;
    this.parts = [];
    this.listener.onExcess(excess);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
