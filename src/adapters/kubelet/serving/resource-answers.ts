// SPDX-License-Identifier: Apache-2.0
import { isDeepStrictEqual } from 'node:util';
import { cdiSpecOf } from '#domain/grant/cdi-spec.ts';
import { type Grant, type Granter, type Injection, granterOf } from '#domain/grant/grant.ts';
import { preferredShares } from '#domain/grant/preferred-shares.ts';
import { describeRefusal } from '#domain/grant/refusal.ts';
import type { Offer } from '#domain/offer/offer.ts';
import { sameShares } from '#domain/offer/share.ts';
import type { CdiSpecStore } from '#ports/cdi-spec-store.ts';
import type { GrantObserver } from '#ports/grant-observer.ts';
import type { Logger } from '#ports/logger.ts';
import type {
  AllocateRequest,
  DevicePluginOptions,
  PreferredAllocationRequest,
  PreferredAllocationResponse,
} from '#adapters/kubelet-api/generated/deviceplugin/v1beta1/api.ts';
import type { GrantLog } from './grant-log.ts';
import { encodeList } from './list-message.ts';
import { encodeGrant } from './wire.ts';

/** Why an Allocate is refused. The kubelet shows it in the pod's status. */
export class AllocationRefused extends Error {
  override readonly name = 'AllocationRefused';
}

interface AnswerParts {
  readonly logger: Logger;
  readonly grants: GrantObserver;
  readonly grantLog: GrantLog;
}

/** What one resource answers now. Grants are prepared when the offer changes, so that each answer is a look-up. */
export class ResourceAnswers {
  private granter: Granter;
  private encodedList: Uint8Array | null = null;
  private encodedGrants = new WeakMap<Grant, Uint8Array>();

  /** `cdiSpecs` is the store where the runtime finds the CDI devices that the answers name; null without CDI. */
  constructor(
    private current: Offer,
    private readonly cdiSpecs: CdiSpecStore | null,
    private readonly parts: AnswerParts,
  ) {
    this.granter = granterOf(current, this.injection);
  }

  /** The list message. It is encoded at the first request, which comes after Register, to save time at startup. */
  get list(): Uint8Array {
    this.encodedList ??= this.encodeList();
    return this.encodedList;
  }

  get offer(): Offer {
    return this.current;
  }

  /** What the kubelet learns at registration: it asks for a preference only if the choice of shares matters. */
  get options(): DevicePluginOptions {
    return { preStartRequired: false, getPreferredAllocationAvailable: this.current.settings.sharing === 'device' };
  }

  prefer(request: PreferredAllocationRequest): PreferredAllocationResponse {
    const containerResponses = request.containerRequests.map((container) => ({
      deviceIDs: preferredShares(this.current, {
        available: container.availableDeviceIDs,
        mustInclude: container.mustIncludeDeviceIDs,
        size: container.allocationSize,
      }),
    }));
    return { containerResponses };
  }

  /** Takes a new offer of the same resource. Returns whether the list message changed. */
  update(offer: Offer): boolean {
    const before = this.current;
    this.current = offer;
    const isListChanged = !sameShares(before.shares, offer.shares);
    if (isListChanged) this.encodedList = null;
    if (isListChanged || !sameGrants(before, offer)) this.granter = granterOf(offer, this.injection);
    return isListChanged;
  }

  /** Resolves to the encoded response to an Allocate. Rejects with AllocationRefused. */
  async allocate(request: AllocateRequest): Promise<Uint8Array> {
    const answers = request.containerRequests.map((container) => this.answer(container.devicesIds));
    if (this.cdiSpecs !== null) await this.cdiSpecs.ensure(cdiSpecOf(this.current));
    const [first] = answers;
    return answers.length === 1 && first !== undefined ? first : Buffer.concat(answers);
  }

  private answer(ids: readonly string[]): Uint8Array {
    const result = this.granter(ids);
    if (!result.granted) throw new AllocationRefused(describeRefusal(this.current.resource, result.refusal));
    this.parts.grants.granted(this.current.resource, ids);
    this.parts.grantLog.granted(ids, result.grant);
    const encoded = this.encodedGrants.get(result.grant) ?? encodeGrant(result.grant);
    this.encodedGrants.set(result.grant, encoded);
    return encoded;
  }

  private encodeList(): Uint8Array {
    const { resource, shares } = this.current;
    const { message, omitted } = encodeList(shares);
    if (omitted > 0)
      this.parts.logger.log('warning', 'share list too long; unhealthy shares omitted', { resource, omitted });
    return message;
  }

  private get injection(): Injection {
    return this.cdiSpecs === null ? 'device-nodes' : 'cdi';
  }
}

/** Returns whether two offers with the same list of shares give the same answer to every Allocate. */
function sameGrants(a: Offer, b: Offer): boolean {
  return (
    a.shares.every((share, i) => sameNames(share.hcas, b.shares[i]?.hcas ?? [])) &&
    isDeepStrictEqual(grantedBy(a), grantedBy(b))
  );
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, i) => name === b[i]);
}

/** The parts of an offer that determine its grants, in addition to the shares. */
function grantedBy({ hcas, nodes, settings, emptyReason }: Offer): object {
  return { hcas, nodes, settings, emptyReason };
}
