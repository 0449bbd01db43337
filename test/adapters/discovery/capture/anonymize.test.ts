// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { anonymizer } from '#adapters/discovery/capture/anonymize.ts';

const anonymize = anonymizer(0x010203, 'gpu-17');

describe('anonymizer', () => {
  it.each([
    ['a MAC address', '04:3f:72:aa:bb:cc\n', '04:3f:72:ab:bd:cf\n'],
    ['a GUID', '0002:c903:00f9:bfa0\n', '0002:c903:00fa:c1a3\n'],
    ['a GID with a GUID', 'fe80:0000:0000:0000:0002:c903:00f9:bfa1', 'fe80:0000:0000:0000:0002:c903:00fa:c1a4'],
    [
      'a GID with a global prefix',
      '2620:0123:4567:89ab:0002:c903:00f9:bfa1',
      '2001:0db8:0000:0000:0002:c903:00fa:c1a4',
    ],
    [
      'a GID with an IPv4 address',
      '0000:0000:0000:0000:0000:ffff:c0a8:0105',
      '0000:0000:0000:0000:0000:ffff:0aa9:0308',
    ],
    [
      'the address of an IPoIB interface',
      '00:00:10:49:fe:80:00:00:00:00:00:00:00:02:c9:03:00:f9:bf:a1',
      '00:00:10:49:fe:80:00:00:00:00:00:00:00:02:c9:03:00:fa:c1:a4',
    ],
    ['a name after a MAC address', '../../net/enx043f72aabbcc', '../../net/enx043f72abbdcf'],
    ['a name after a GUID', 'rocex0002c90300f9bfa0', 'rocex0002c90300fac1a3'],
    ['a number alone', '0002c90300f9bfa0\n', '0002c90300fac1a3\n'],
    ['the name of the host', 'gpu-17 mlx5_0\n', 'host mlx5_0\n'],
  ])('replaces %s', (_case, text, expected) => {
    expect(anonymize(text)).toBe(expected);
  });

  it.each([
    'sys/devices/pci0000:3a/0000:3a:00.0/0000:3b:00.0/infiniband/mlx5_0',
    '00:00:00:00:00:00',
    'ff:ff:ff:ff:ff:ff',
    '0000:0000:0000:0000:0000:0000:0000:0000',
    '28.41.1000',
    'MT_0000000838',
    '0x020000',
    '100 Gb/sec (4X EDR)',
    'gpu-170',
  ])('keeps %s', (text) => {
    expect(anonymize(text)).toBe(text);
  });

  it('keeps the link between a MAC address and its GUID, for any shift', () => {
    const byte = fc.integer({ min: 0, max: 255 }).map((value) => value.toString(16).padStart(2, '0'));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 24 - 1 }), fc.tuple(byte, byte, byte), (shift, [a, b, c]) => {
        const one = anonymizer(shift, '');
        const [mac, guid] = [one(`b8:59:9f:${a}:${b}:${c}`), one(`b859:9f03:00${a}:${b}${c}`)];
        expect(guid.replaceAll(':', '').slice(-6)).toBe(mac.replaceAll(':', '').slice(-6));
        expect(mac).not.toBe(`b8:59:9f:${a}:${b}:${c}`);
      }),
    );
  });
});
