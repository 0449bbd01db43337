// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '#ports/clock.ts';
import type { GrantObserver } from '#ports/grant-observer.ts';
import type { Logger } from '#ports/logger.ts';
import type { Observer } from '#ports/observer.ts';
import type { Turns } from '#timing/turns.ts';
import type { ResourceAnswers } from '../serving/resource-answers.ts';
import type { KubeletSocket } from '../sockets/kubelet-socket.ts';
import type { OtherInstances } from '../sockets/other-instances.ts';
import type { SocketListing } from '../sockets/socket-listing.ts';
import type { StaleSockets } from '../sockets/stale-sockets.ts';
import type { KubeletDirectories, MethodChoice, RegistrationMode } from './method.ts';
import type { RegistrationReport } from './report.ts';

/** What all registrations of the process share. */
export interface RegistrationParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observer: Observer;
  readonly grants: GrantObserver;
  /** Returns numbers in [0, 1). */
  readonly random: () => number;
  /** Milliseconds since 1970. Used only to distinguish older and newer instances of this program. */
  readonly wallClock: () => number;
  readonly directories: KubeletDirectories;
  readonly mode: RegistrationMode;
  /** Calls `onHint` when something may have changed in either directory. Returns the function that stops it. */
  readonly watchDirectories: (onHint: () => void) => () => void;
}

/** What the registrations of one instance share. */
export interface InstanceParts extends RegistrationParts {
  /** See `nameInstance`. */
  readonly instance: string;
  readonly listing: SocketListing;
  readonly staleSockets: StaleSockets;
  /** The socket on which the kubelet serves Register. */
  readonly kubeletSocket: KubeletSocket;
  /** Sockets are created one after the other: a kubelet that restarts is noticed by all registrations at once. */
  readonly turns: Turns;
}

/** What the generations of one resource share. */
export interface ResourceParts extends InstanceParts {
  readonly answers: ResourceAnswers;
  readonly otherInstances: OtherInstances;
  readonly method: MethodChoice;
  readonly report: RegistrationReport;
}
