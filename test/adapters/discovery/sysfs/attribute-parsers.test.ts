// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import * as attributes from '#adapters/discovery/sysfs/attribute-parsers.ts';

describe('attribute parsers', () => {
  it.each([
    [attributes.parseNumberedWord, '4: ACTIVE\n', 'ACTIVE'],
    [attributes.parseNumberedWord, '4: PortConfigurationTraining\n\n', 'PortConfigurationTraining'],
    [attributes.parseNumberedWord, '7: Phy Test', 'Phy Test'],
    [attributes.parseNumberedWord, '5:LinkUp', 'LinkUp'],
    [attributes.parseNumberedWord, 'Something new\n', 'Something new'],
    [attributes.parseNumberedWord, '4:\n', null],
    [attributes.parseText, '28.41.1000\n', '28.41.1000'],
    [attributes.parseText, '\n', null],
    [attributes.parseGuid, '0002:c903:00f9:bfa0\n', '0002:c903:00f9:bfa0'],
    [attributes.parseGuid, '0000:0000:0000:0000\n', '0000:0000:0000:0000'],
    [attributes.parseGuid, '0002:c903:00f9\n', null],
    [attributes.parsePortGuid, 'fe80:0000:0000:0000:0002:c903:00f9:bfa1\n', '0002c90300f9bfa1'],
    [attributes.parsePortGuid, 'fe80:0000:0000:0000:0000:0000:0000:0000\n', null],
    [
      attributes.parseIpoibPortGuid,
      '80:00:00:48:fe:80:00:00:00:00:00:00:00:02:c9:03:00:f9:bf:a1\n',
      '0002c90300f9bfa1',
    ],
    [attributes.parseIpoibPortGuid, '52:54:00:00:00:20\n', null],
    [attributes.parseHexDigits, '0x15b3\n', '15b3'],
    [attributes.parseHexDigits, '0x020000\n', '020000'],
    [attributes.parseHexDigits, '0xA2DC\n', 'a2dc'],
    [attributes.parseHexDigits, '15b3\n', null],
    [attributes.parseCount, '1\n', 1],
    [attributes.parseCount, '0\n', 0],
    [attributes.parseCount, '-1\n', null],
    [attributes.parseCount, '2', 2],
    [attributes.parseCount, '99999999999999999999', null],
    [attributes.parseHexNumber, '0x1f\n', 31],
    [attributes.parseUp, '0x1003\n', true],
    [attributes.parseUp, '0x1002\n', false],
    [attributes.parseUp, '', null],
    [attributes.parseLinkType, '1\n', 'ether'],
    [attributes.parseLinkType, '32\n', 'infiniband'],
    [attributes.parseLinkType, '772\n', 'arphrd772'],
    [attributes.parseLinkType, 'x', null],
    [attributes.parseNetdevName, 'enp59s0f0np0\n', 'enp59s0f0np0'],
    [attributes.parseNetdevName, '../../etc', null],
    [attributes.parseNetdevName, '..\n', null],
    [attributes.parseNetdevName, '\n', null],
    [attributes.parseMac, '52:54:00:00:00:2A\n', '52:54:00:00:00:2a'],
    [attributes.parseMac, '00:00:00:00:00:00\n', null],
    [attributes.parseMac, '80:00:00:48:fe:80:00:00:00:00:00:00:00:02:c9:03:00:f9:bf:a1\n', null],
    [attributes.parseNetnsMode, 'Y\n', 'shared'],
    [attributes.parseNetnsMode, 'N\n', 'exclusive'],
    [attributes.parseNetnsMode, '1\n', null],
    [attributes.parseLinkName, '../../../../bus/pci/drivers/mlx5_core', 'mlx5_core'],
  ])('%p parses %j as %j', (parse: (text: string | null) => unknown, text, expected) => {
    expect(parse(text)).toBe(expected);
  });

  const parsers = Object.entries(attributes).filter(([name]) => name.startsWith('parse'));

  it.each(parsers)('%s returns null for an unreadable file', (_name, parse) => {
    expect(read(parse, null)).toBeNull();
  });

  it.each(parsers)('%s returns a value or null for any text, and never throws', (_name, parse) => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => read(parse, text) !== undefined));
  });

  it.each([
    ['5054:00ff:fe00:0030', '52:54:00:00:00:30'],
    ['0216:3EFF:FE01:0203', '00:16:3e:01:02:03'],
    ['0002:c903:00f9:bfa0', null],
    ['0000:0000:0000:0000', null],
    ['', null],
  ])('macOfGuid derives from the GUID %s the MAC %s', (guid, mac) => {
    expect(attributes.macOfGuid(guid)).toBe(mac);
  });

  it.each([
    ['pf0vf3\n', true],
    ['pf1sf88\n', true],
    ['c1pf0vf0\n', true],
    ['pf0hpf\n', true],
    ['p0\n', false],
    ['\n', false],
    [null, false],
  ])('isRepresentorName returns for the port name %j: %p', (text, expected) => {
    expect(attributes.isRepresentorName(text)).toBe(expected);
  });

  it.each([
    ['/sys/devices/pci0000:00/0000:3b:00.0', '/sys/devices/pci0000:00/0000:3b:00.0'],
    ['/sys/devices/pci0000:80/0000:80:00.0/0000:81:00.1', '/sys/devices/pci0000:80/0000:80:00.0/0000:81:00.1'],
    ['/sys/devices/pci0000:00/0000:00:04.0/virtio1', '/sys/devices/pci0000:00/0000:00:04.0'],
    ['/sys/devices/pci0000:00/0000:3b:00.0/mlx5_core.sf.4/mlx5_core.rdma.4', '/sys/devices/pci0000:00/0000:3b:00.0'],
    ['/sys/devices/pci00012:00/00012abc:00:02.0', '/sys/devices/pci00012:00/00012abc:00:02.0'],
    ['/sys/devices/virtual/infiniband/rxe0', null],
    ['', null],
  ])('pciFunctionAbove returns for %s: %s', (device, expected) => {
    expect(attributes.pciFunctionAbove(device)).toBe(expected);
  });
});

function read(parse: unknown, text: string | null): unknown {
  return typeof parse === 'function' ? Reflect.apply(parse, undefined, [text]) : undefined;
}
