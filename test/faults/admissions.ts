// SPDX-License-Identifier: Apache-2.0
import type { Admission, ContainerGrant } from '#adapters/fake-kubelet/device-manager/pod.ts';
import type { ExpectedShares } from './expected-shares.ts';
import type { TestHca } from './test-hca.ts';
import type { TestResource } from './test-settings.ts';
import type { TestedNode } from './tested-node.ts';

const namespace = 'faults';

/** Admits pods, and checks what they get. */
export class Admissions {
  private checks = 0;

  constructor(
    private readonly node: TestedNode,
    private readonly shares: ExpectedShares,
  ) {}

  /** Checks the grants for one resource, each time for the next one. */
  async check(settings: readonly TestResource[]): Promise<readonly string[]> {
    const available = settings.filter((one) => this.shares.healthyIds(one).size > 0);
    const [first] = available;
    if (first === undefined) return [];
    this.checks += 1;
    const requested = available[this.checks % available.length] ?? first;
    return [
      ...(await this.checkPod(requested)),
      ...(await this.checkLimit(requested)),
      ...(await this.checkPolicy(requested)),
    ];
  }

  /**
   * With per-device shares, the pod asks for those of one HCA, of two or of all in turn: the nodes of one HCA show that
   * a share stands for this HCA.
   */
  private async checkPod(requested: TestResource): Promise<readonly string[]> {
    const hcas = requested.sharing === 'device' ? this.shares.healthyHcas(requested).length : 1;
    const limit = requested.maxSharesPerContainer ?? Number.POSITIVE_INFINITY;
    const count = Math.min([1, 2, hcas][this.checks % 3] ?? 1, hcas, limit);
    const [admission] = await this.admit(requested, [count]);
    if (admission === undefined) return ['the kubelet is not running'];
    if (!admission.admitted) return [`a pod that requests ${requested.resource} was rejected: ${admission.message}`];
    const [grant] = admission.containers;
    return grant === undefined
      ? ['a pod was admitted without its container']
      : this.checkGrant(requested, grant, count);
  }

  /** A container that requests more shares than `maxSharesPerContainer` must not get them. */
  private async checkLimit(requested: TestResource): Promise<readonly string[]> {
    const limit = requested.maxSharesPerContainer;
    if (limit === null || limit >= this.shares.healthyIds(requested).size) return [];
    const [admission] = await this.admit(requested, [limit + 1]);
    const isRefused = admission?.admitted === false && admission.message.includes('maxSharesPerContainer');
    return isRefused
      ? []
      : [`a pod got ${limit + 1} shares of ${requested.resource}, at most ${limit} for a container`];
  }

  /** The second of two pods gets a share of the same HCA with `pack`, and of another HCA with `spread`. */
  private async checkPolicy(requested: TestResource): Promise<readonly string[]> {
    const { resource, sharing, count, allocationPolicy } = requested;
    if (sharing !== 'device' || count < 2 || this.shares.healthyHcas(requested).length < 2) return [];
    const units = (await this.admit(requested, [1, 1])).map(
      (admission) => this.hcasOf(requested, idsOf(admission, resource))[0]?.unit,
    );
    const isSame = units.length === 2 && units[0] === units[1];
    return isSame === (allocationPolicy === 'pack')
      ? []
      : [`two pods got shares of ${resource} of the HCAs ${units.join(' and ')}, with ${allocationPolicy}`];
  }

  /** Admits one pod after the other, each with one container that requests that many shares, and removes them all. */
  private async admit(requested: TestResource, counts: readonly number[]): Promise<readonly Admission[]> {
    const admissions: Admission[] = [];
    const names = counts.map((_, index) => `pod-${this.checks}-${index}`);
    for (const [index, count] of counts.entries()) {
      const containers = [{ name: 'c', limits: { [requested.resource]: count } }];
      const admission = await this.node.kubelet.admit({ namespace, name: names[index] ?? '', containers });
      if (admission !== null) admissions.push(admission);
    }
    for (const name of names) await this.node.kubelet.remove({ namespace, name });
    return admissions;
  }

  private checkGrant(requested: TestResource, grant: ContainerGrant, count: number): readonly string[] {
    const ids = grant.ids[requested.resource] ?? [];
    const hcas = requested.sharing === 'pool' ? this.node.host.usable(requested) : this.hcasOf(requested, ids);
    const context = `a pod that requests ${count} shares of ${requested.resource}`;
    return [
      ...(ids.length === count && (requested.sharing === 'pool' || hcas.length === count)
        ? []
        : [`${context} got ${ids.length} shares of ${hcas.length} HCAs: ${ids.join(', ')}`]),
      ...this.checkDeviceNodes(context, grant, hcas),
      ...checkEnvironment(context, requested, grant, hcas),
    ];
  }

  /** Returns the HCAs that these per-device shares stand for. */
  private hcasOf(requested: TestResource, ids: readonly string[]): readonly TestHca[] {
    return this.shares
      .healthyHcas(requested)
      .filter(({ unit }) => ids.some((id) => id.startsWith(this.shares.prefixOf(requested.resource, unit))));
  }

  private checkDeviceNodes(context: string, grant: ContainerGrant, hcas: readonly TestHca[]): readonly string[] {
    const { useCdi } = this.node.startOptions;
    for (const name of grant.cdiDevices) this.node.grantedCdiNames.add(name);
    const granted = useCdi
      ? grant.cdiDevices.map((device) => device.split('=').at(-1) ?? '')
      : grant.deviceNodes.map(({ hostPath }) => hostPath).filter((path) => !path.endsWith('/rdma_cm'));
    const expected = useCdi ? hcas.map(({ name }) => `hca-${name}`) : this.node.host.nodePaths(hcas);
    return granted.toSorted().join() === expected.toSorted().join()
      ? []
      : [`${context} got ${granted.join(', ')}, expected ${expected.join(', ')}`];
  }
}

function idsOf(admission: Admission, resource: string): readonly string[] {
  return admission.admitted ? admission.containers.flatMap(({ ids }) => ids[resource] ?? []) : [];
}

function checkEnvironment(
  context: string,
  requested: TestResource,
  { envs }: ContainerGrant,
  hcas: readonly TestHca[],
): readonly string[] {
  const value = envs['NCCL_IB_HCA'];
  const names = hcas.map(({ name }) => `${name}:1`);
  const matches = requested.env
    ? value?.replace('=', '').split(',').toSorted().join() === names.toSorted().join()
    : value === undefined;
  const expected = requested.env ? names.join(', ') : 'no such variable';
  return matches ? [] : [`${context} got NCCL_IB_HCA ${value}, expected ${expected}`];
}
