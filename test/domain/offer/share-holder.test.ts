// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { type ShareHolder, mergeHolders } from '#domain/offer/share-holder.ts';

function holder(path: string, ...shareIds: readonly string[]): ShareHolder {
  const [namespace = '', pod = '', container = '', ...resource] = path.split('/');
  return { namespace, pod, container, resource: resource.join('/'), shareIds };
}

const entries = fc.array(
  fc
    .record({
      namespace: fc.constantFrom('a', 'b'),
      pod: fc.constantFrom('p-1', 'p-2', 'p-10'),
      container: fc.constantFrom('main', 'sidecar'),
      resource: fc.constantFrom('rdma/a', 'rdma/b'),
      shareIds: fc.array(fc.constantFrom('0', '1', '2', '10', 'bond0-1')),
    })
    .map((entry): ShareHolder => entry),
);

const pathsOf = ({ namespace, pod, container, resource, shareIds }: ShareHolder): readonly string[] =>
  shareIds.map((id) => [namespace, pod, container, resource, id].join(' '));

describe('mergeHolders', () => {
  it('merges the entries of a container and resource, in natural order and each id once', () => {
    const repeated = [holder('n/p/c/rdma/a', '10'), holder('n/p/c/rdma/a', '9', '10'), holder('n/p/c/rdma/a', '0')];
    expect(mergeHolders(repeated)).toEqual([holder('n/p/c/rdma/a', '0', '9', '10')]);
  });

  it('keeps other containers, pods, namespaces and resources apart, also where their joined names are equal', () => {
    const apart = ['n/p/c/rdma/a', 'n/p/c/rdma/b', 'n/p/d/rdma/a', 'n/q/c/rdma/a', 'n-p/c/c/rdma/a', 'n/p-c/c/rdma/a'];
    const merged = mergeHolders(apart.map((path) => holder(path, '0')));
    expect(merged).toHaveLength(apart.length);
    expect(merged).toEqual(expect.arrayContaining(apart.map((path) => holder(path, '0'))));
  });

  it('orders pods as people number them', () => {
    const paths = ['n/w-10/c/rdma/a', 'n/w-9/c/rdma/a', 'm/w-11/c/rdma/a'];
    expect(mergeHolders(paths.map((path) => holder(path, '0'))).map(({ pod }) => pod)).toEqual(['w-11', 'w-9', 'w-10']);
  });

  it('leaves out who holds nothing', () => {
    expect(mergeHolders([holder('n/p/c/rdma/a'), holder('n/q/c/rdma/a', '1')])).toEqual([holder('n/q/c/rdma/a', '1')]);
  });

  it('neither loses nor invents a share, and does not depend on the order of the entries', () => {
    fc.assert(
      fc.property(entries, (given) => {
        const merged = mergeHolders(given);
        expect(new Set(merged.flatMap(pathsOf))).toEqual(new Set(given.flatMap(pathsOf)));
        expect(merged).toEqual(mergeHolders(given.toReversed()));
        expect(merged).toEqual(mergeHolders(merged));
      }),
    );
  });
});
