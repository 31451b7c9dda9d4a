import assert from 'node:assert/strict';
import { isPublicAddress } from '@agent-factory/sdk/outbound';

const hidden = [
  '0.0.0.0 10.1.2.3 100.64.0.1 127.0.0.1 127.255.255.255 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.8',
  '192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.51.100.7 203.0.113.9 224.0.0.1 240.0.0.1 255.255.255.255',
  ':: ::1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 ::7f00:1 64:ff9b::7f00:1 64:ff9b:1::1 100::1 2001::1 2001:db8::1',
  '2002:7f00:1::1 3fff::1 5f00::1 fc00::1 fd12:3456::1 fe80::1 fe80::1%eth0 fec0::1 ff02::1 not-an-address',
].flatMap((line) => line.split(' '));
const reachable =
  '1.1.1.1 8.8.8.8 100.128.0.1 172.32.0.1 192.0.1.1 223.255.255.255 2606:4700::1111 2a00:1450::5';

describe('isPublicAddress', () => {
  for (const address of hidden) {
    it(`refuses ${address}`, () => assert.equal(isPublicAddress(address), false));
  }
  for (const address of reachable.split(' ')) {
    it(`lets ${address} through`, () => assert.equal(isPublicAddress(address), true));
  }
});
