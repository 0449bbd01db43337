// SPDX-License-Identifier: Apache-2.0

/** What one address may have. A scraper opens a connection every few seconds, a person some more. */
const perAddress = { connections: 8, perSecond: 20, burst: 20 };
/** What all addresses together may have. */
const inAll = { connections: 32, perSecond: 50, burst: 64 };
/** For how long an address that floods a connection gets no other. */
const penaltyMs = 1_000;
/** How many addresses are remembered. */
const maxAddresses = 256;

interface Limits {
  readonly connections: number;
  readonly perSecond: number;
  readonly burst: number;
}

/** Limits how many connections are open at a time, and how many are opened a second. */
class Budget {
  open = 0;
  private tokens: number;

  constructor(
    private readonly limits: Limits,
    private at: number,
  ) {
    this.tokens = limits.burst;
  }

  hasRoom(now: number): boolean {
    this.tokens = Math.min(this.limits.burst, this.tokens + ((now - this.at) / 1_000) * this.limits.perSecond);
    this.at = now;
    return this.open < this.limits.connections && this.tokens >= 1;
  }

  take(): void {
    this.open += 1;
    this.tokens -= 1;
  }

  penalize(): void {
    this.tokens = Math.min(this.tokens, 1 - (penaltyMs / 1_000) * this.limits.perSecond);
  }

  isUnused(now: number): boolean {
    return this.open === 0 && this.hasRoom(now) && this.tokens >= this.limits.burst;
  }
}

/**
 * Decides which connections of clients are served, so that a client that floods the port costs this program little, and
 * other clients nothing. A connection that is not served is closed before anything is read from it.
 */
export class ClientLimits {
  private readonly all: Budget;
  private readonly byAddress = new Map<string, Budget>();

  /** `now` returns milliseconds. */
  constructor(private readonly now: () => number) {
    this.all = new Budget(inAll, now());
  }

  /** Returns the function to call when the connection is closed; null if it must not be served. */
  admit(address: string): (() => void) | null {
    const now = this.now();
    const own = this.byAddress.get(address) ?? this.add(address, now);
    if (own === null || !own.hasRoom(now) || !this.all.hasRoom(now)) return null;
    for (const budget of [own, this.all]) budget.take();
    return () => {
      for (const budget of [own, this.all]) budget.open -= 1;
    };
  }

  /** Notes that a client at the address floods a connection. */
  penalize(address: string): void {
    this.byAddress.get(address)?.penalize();
  }

  private add(address: string, now: number): Budget | null {
    if (this.byAddress.size >= maxAddresses)
      for (const [known, budget] of this.byAddress) if (budget.isUnused(now)) this.byAddress.delete(known);
    if (this.byAddress.size >= maxAddresses) return null;
    const budget = new Budget(perAddress, now);
    this.byAddress.set(address, budget);
    return budget;
  }
}
