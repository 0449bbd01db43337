// SPDX-License-Identifier: Apache-2.0
import { cdiSpecOf } from '#domain/grant/cdi-spec.ts';
import { type Grant, type Granter, type Injection, granterOf } from '#domain/grant/grant.ts';
import type { Offer } from '#domain/offer/offer.ts';
import { preferredShares } from '#domain/grant/preferred-shares.ts';
import { describeRefusal } from '#domain/grant/refusal.ts';
import { sameShares } from '#domain/offer/share.ts';
import type { CdiSpecStore } from '#ports/cdi-spec-store.ts';
import type {
  AllocateRequest,
  DevicePluginOptions,
  PreferredAllocationRequest,
  PreferredAllocationResponse,
} from '#adapters/kubelet-api/generated/deviceplugin/v1beta1/api.ts';
import { encodeGrant, encodeList } from './wire.ts';

/** Why an Allocate is refused, for the kubelet to show in the pod's status. */
export class AllocationRefused extends Error {
  override readonly name = 'AllocationRefused';
}

/**
 * What one resource answers now. Grants are prepared when the offer changes, so that an answer is a look-up. With CDI, `cdiSpecs`
 * is the store in which the runtime finds what the answers name.
 */
export class ResourceAnswers {
  private granter: Granter;
  private encodedList: Uint8Array | null = null;
  private encodedGrants = new WeakMap<Grant, Uint8Array>();

  constructor(
    private current: Offer,
    private readonly cdiSpecs: CdiSpecStore | null,
  ) {
    this.granter = granterOf(current, this.injection);
  }

  /** The list message, encoded when it is first asked for: that is after Register, which a start is in a hurry to reach. */
  get list(): Uint8Array {
    this.encodedList ??= encodeList(this.current.shares);
    return this.encodedList;
  }

  get offer(): Offer {
    return this.current;
  }

  /** What the kubelet is told at registration: to ask for a preference only where shares differ. */
  get options(): DevicePluginOptions {
    return { preStartRequired: false, getPreferredAllocationAvailable: this.current.settings.sharing === 'device' };
  }

  prefer(request: PreferredAllocationRequest): PreferredAllocationResponse {
    return {
      containerResponses: request.containerRequests.map(
        ({ availableDeviceIDs, mustIncludeDeviceIDs, allocationSize }) => ({
          deviceIDs: preferredShares(this.current, {
            available: availableDeviceIDs,
            mustInclude: mustIncludeDeviceIDs,
            size: allocationSize,
          }),
        }),
      ),
    };
  }

  /** Takes a new offer of the same resource; says whether the list message changed. */
  update(offer: Offer): boolean {
    const changed = !sameShares(this.current.shares, offer.shares);
    this.current = offer;
    this.granter = granterOf(offer, this.injection);
    if (changed) this.encodedList = null;
    return changed;
  }

  /** The response to an Allocate, encoded. Rejects with AllocationRefused. */
  async allocate(request: AllocateRequest): Promise<Uint8Array> {
    const answers = request.containerRequests.map((container) => this.answer(container.devicesIds));
    if (this.cdiSpecs !== null) await this.cdiSpecs.ensure(cdiSpecOf(this.current));
    const [first] = answers;
    return answers.length === 1 && first !== undefined ? first : Buffer.concat(answers);
  }

  private answer(ids: readonly string[]): Uint8Array {
    const result = this.granter(ids);
    if (!result.granted) throw new AllocationRefused(describeRefusal(this.current.resource, result.refusal));
    const known = this.encodedGrants.get(result.grant);
    const bytes = known ?? encodeGrant(result.grant);
    if (known === undefined) this.encodedGrants.set(result.grant, bytes);
    return bytes;
  }

  private get injection(): Injection {
    return this.cdiSpecs === null ? 'device-nodes' : 'cdi';
  }
}
