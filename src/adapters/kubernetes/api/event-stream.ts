// SPDX-License-Identifier: Apache-2.0
import type { IncomingMessage } from 'node:http';
import type { Cancel, Clock } from '#ports/clock.ts';

/** One line holds one object: a ConfigMap has at most 1 MiB, and JSON may write a character as six. */
export const maxObjectLength = 8 << 20;

/** What a watch is opened with. */
export interface EventStreamOptions {
  /** The stream ends if it is silent for this long. */
  readonly idleMs: number;
  /** Called with each line, parsed. A line that is not JSON ends the stream. */
  readonly onEvent: (event: unknown) => void;
}

/** The events of an open watch. */
export class EventStream {
  /** Resolves when the stream has ended for any reason. Rejects only with what `onEvent` throws. */
  readonly ended: Promise<void>;
  private unfinishedLine = '';
  private cancelIdle: Cancel = () => {};
  private defect: { readonly error: unknown } | null = null;

  constructor(
    private readonly response: IncomingMessage,
    private readonly clock: Clock,
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

  stop(): void {
    this.response.destroy();
  }

  private receive(text: string): void {
    this.restartIdleTimer();
    const lines = `${this.unfinishedLine}${text}`.split('\n');
    this.unfinishedLine = lines.pop() ?? '';
    if (this.unfinishedLine.length > maxObjectLength) this.stop();
    for (const line of lines) if (!this.response.destroyed && line.trim() !== '') this.deliver(line);
  }

  private deliver(line: string): void {
    let event: unknown;
    try {
      event = JSON.parse(line);
    } catch {
      return this.stop();
    }
    try {
      this.options.onEvent(event);
    } catch (error) {
      this.defect = { error };
      this.stop();
    }
  }

  private restartIdleTimer(): void {
    this.cancelIdle();
    this.cancelIdle = this.clock.after(this.options.idleMs, () => this.stop());
  }
}
