// SPDX-License-Identifier: Apache-2.0
import type { IncomingMessage } from 'node:http';
import type { Cancel, Clock } from '#ports/clock.ts';

/** One line holds one object: a ConfigMap has at most 1 MiB, and JSON may write a character as six. */
export const maxObjectLength = 8 << 20;

export interface EventStreamOptions {
  readonly clock: Clock;
  /** A stream that is silent for this long is ended. */
  readonly idleMs: number;
  readonly onEvent: (event: unknown) => void;
}

/** Calls `onEvent` for each line of a watch, parsed. A line that is not JSON ends the stream. */
export class EventStream {
  /** Resolves when the stream has ended for any reason. Rejects only with what `onEvent` throws. */
  readonly ended: Promise<void>;
  private unfinishedLine = '';
  private cancelIdle: Cancel = () => {};
  private defect: { readonly error: unknown } | null = null;

  constructor(
    private readonly response: IncomingMessage,
    private readonly options: EventStreamOptions,
  ) {
    this.restartIdleTimer();
    response.setEncoding('utf8');
    response.on('data', (text: string) => this.receive(text));
    this.ended = new Promise((resolve, reject) => {
      response
        .on('error', () => {})
        .once('close', () => {
          this.cancelIdle();
          if (this.defect === null) resolve();
          else reject(this.defect.error);
        });
    });
  }

  private receive(text: string): void {
    this.restartIdleTimer();
    const lines = `${this.unfinishedLine}${text}`.split('\n');
    this.unfinishedLine = lines.pop() ?? '';
    if (this.unfinishedLine.length > maxObjectLength) this.response.destroy();
    for (const line of lines) if (!this.response.destroyed && line.trim() !== '') this.deliver(line);
  }

  private deliver(line: string): void {
    let event: unknown;
    try {
      event = JSON.parse(line);
    } catch {
      this.response.destroy();
      return;
    }
    try {
      this.options.onEvent(event);
    } catch (error) {
      this.defect = { error };
      this.response.destroy();
    }
  }

  private restartIdleTimer(): void {
    this.cancelIdle();
    this.cancelIdle = this.options.clock.after(this.options.idleMs, () => this.response.destroy());
  }
}
