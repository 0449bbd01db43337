// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import type { DeviceNodesDocument } from '#domain/settings/document.ts';
import { extraPatternLimit } from '#domain/settings/settings.ts';
import { validateSettings } from '#domain/settings/validation/settings.ts';

const place = 'configList[0].deviceNodes';

function verdictOn(deviceNodes: DeviceNodesDocument): ReturnType<typeof validateSettings> {
  return validateSettings({
    configList: [{ resourceName: 'a', rdmaHcaMax: 1, selectors: { vendors: ['15b3'] }, deviceNodes }],
  });
}

function complaints(deviceNodes: DeviceNodesDocument): readonly string[] {
  return verdictOn(deviceNodes).problems.map(({ code, subject }) => `${code} ${subject}`);
}

describe('deviceNodes', () => {
  it('keeps each kind and path once, frozen', () => {
    const { settings, problems, warnings } = verdictOn({
      required: ['uverbs', 'rdma_cm', 'uverbs'],
      optional: [],
      extra: ['/dev/hfi1_*', '/dev/dir/x?', '/dev/hfi1_*'],
    });
    expect([problems, warnings]).toEqual([[], []]);
    const deviceNodes = settings?.resources[0]?.deviceNodes;
    expect(deviceNodes).toEqual({
      required: ['uverbs', 'rdma_cm'],
      optional: [],
      extra: ['/dev/hfi1_*', '/dev/dir/x?'],
    });
    expect([deviceNodes, deviceNodes?.required, deviceNodes?.optional, deviceNodes?.extra].every(Object.isFrozen)).toBe(
      true,
    );
  });

  it('must require at least one kind', () => {
    expect(complaints({ required: [] })).toEqual([`CONFIG_DEVICE_NODES_NONE_REQUIRED ${place}.required`]);
  });

  it('warns about a resource without uverbs, which may be intended', () => {
    const { settings, warnings } = verdictOn({ required: ['umad'] });
    expect(settings).not.toBeNull();
    expect(warnings.map(({ code, subject }) => `${code} ${subject}`)).toEqual([
      `CONFIG_DEVICE_NODES_WITHOUT_UVERBS ${place}`,
    ]);
    expect(verdictOn({ required: ['umad', null] }).warnings).toEqual([]);
  });

  it.each([
    ['hfi1_0', 'is not a path under /dev'],
    ['/proc/kcore', 'is not a path under /dev'],
    ['/dev/', 'is not a path under /dev'],
    ['/device/x', 'is not a path under /dev'],
    ['/dev/../etc/shadow', 'has a part that is empty'],
    ['/dev/./x', 'has a part that is empty'],
    ['/dev/..', 'has a part that is empty'],
    ['/dev//x', 'has a part that is empty'],
    ['/dev/a\nb', 'has a control character'],
    ['/dev/dri*/card0', 'has a pattern in its directory'],
    ['/dev/infiniband/uverbs0', 'is in /dev/infiniband'],
    ['/dev/infiniband/by-path/x', 'is in /dev/infiniband'],
    ['/dev/*', 'may match the device nodes of any driver'],
    ['/dev/?da', 'may match the device nodes of any driver'],
    ['/dev/[s]da', 'may match the device nodes of any driver'],
    ['/dev/mem', 'which is /dev/mem; a container could use that to reach the memory of the host'],
    ['/dev/port', 'the memory of the host'],
    ['/dev/kmsg', 'the kernel log'],
    ['/dev/km?[!a]*', 'may match /dev/kmem'],
    ['/dev/s*', 'may match /dev/snapshot'],
    ['/dev/sg[5-9]', 'may match /dev/sg[0-9]*'],
    ['/dev/bsg/0:0:0:0', 'the disks'],
    ['/dev/nvme0', 'the disks'],
    ['/dev/ng0n1', 'the disks'],
    ['/dev/nv*', 'may match /dev/nvram'],
    ['/dev/mapper/c*', 'may match /dev/mapper/control'],
    ['/dev/cpu/12/msr', 'the registers of the processors'],
    ['/dev/watchdog1', 'the power of the host'],
    ['/dev/ipmi0', 'the power of the host'],
    ['/dev/input/event*', 'the consoles'],
    ['/dev/ttyS0', 'the consoles'],
    [`/dev/${'x'.repeat(251)}`, 'is longer than 255'],
  ])('rejects the extra node %j because it %s', (extra, reason) => {
    const { problems } = verdictOn({ extra: ['/dev/gdrdrv', extra] });
    expect(problems.map(({ code, subject }) => `${code} ${subject}`)).toEqual([
      `CONFIG_EXTRA_NODE_INVALID ${place}.extra[1]`,
    ]);
    expect(problems[0]?.message).toContain(reason);
  });

  it('accepts the device nodes of RDMA programs and of their libraries', () => {
    const extra = [
      ...['/dev/hfi1_*', '/dev/gdrdrv', '/dev/knem', '/dev/xpmem', '/dev/nvidia*', '/dev/nvidia-caps/*', '/dev/mst/*'],
      ...['/dev/dri/renderD*', '/dev/kfd', '/dev/vfio/*', '/dev/hugepages/*', '/dev/cpu_dma_latency', '/dev/net/tun'],
    ];
    expect(complaints({ extra })).toEqual([]);
  });

  it('has a limit on the number of patterns', () => {
    const patterns = Array.from({ length: extraPatternLimit + 1 }, (_, i) => `/dev/x${i}`);
    expect(complaints({ extra: patterns })).toEqual([`CONFIG_EXTRA_NODES_TOO_MANY ${place}.extra`]);
    expect(complaints({ extra: patterns.slice(1) })).toEqual([]);
  });
});
