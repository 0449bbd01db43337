// SPDX-License-Identifier: Apache-2.0
import type { StaleSockets } from './stale-sockets.ts';
import type { RegistrationParts } from './registration-parts.ts';

/** What the registrations of one instance of this program share; see `nameInstance`. */
export interface InstanceParts extends RegistrationParts {
  readonly instance: string;
  readonly staleSockets: StaleSockets;
}
