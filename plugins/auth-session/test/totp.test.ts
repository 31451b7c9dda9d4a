import assert from 'node:assert/strict';
import { createSealedText } from '@agent-factory/sdk/contracts';
import { base32, totpCode, totpStep } from '../src/totp.ts';

describe('codes of a second factor', () => {
  const secret = Buffer.from('12345678901234567890');

  it('are those of RFC 6238, appendix B', () => {
    const known: readonly (readonly [seconds: number, code: string])[] = [
      [59, '287082'],
      [1_111_111_109, '081804'],
      [1_111_111_111, '050471'],
      [1_234_567_890, '005924'],
      [2_000_000_000, '279037'],
      [20_000_000_000, '353130'],
    ];
    for (const [seconds, code] of known) {
      assert.equal(totpCode(secret, Math.floor(seconds / 30)), code);
      assert.equal(totpStep(secret, code, seconds * 1000), Math.floor(seconds / 30));
    }
  });

  it('hold half a minute before and after their time, and no longer', () => {
    const code = totpCode(secret, 1000);
    assert.equal(totpStep(secret, code, 1001 * 30_000), 1000);
    assert.equal(totpStep(secret, code, 999 * 30_000), 1000);
    assert.equal(totpStep(secret, code, 1002 * 30_000), undefined);
    assert.equal(totpStep(secret, code, 998 * 30_000), undefined);
    for (const wrong of ['', '12345', '1234567', '١٢٣٤٥٦', 'abcdef'])
      assert.equal(totpStep(secret, wrong, 30_000_000), undefined);
  });

  it('come of a secret that apps can take', () => {
    assert.equal(base32(Buffer.from('foobar')), 'MZXW6YTBOI'); // RFC 4648, 10
  });

  it('come of a secret that is kept encrypted, for its account alone', () => {
    const box = createSealedText('a key of at least thirty-two characters', 'test');
    const sealed = box.seal(secret, 'usr_a');
    assert.deepEqual(Buffer.from(box.open(sealed, 'usr_a')), secret);
    assert.notEqual(box.seal(secret, 'usr_a'), sealed);
    assert.throws(() => box.open(sealed, 'usr_b'));
    assert.throws(() =>
      createSealedText('another key of more than thirty-two', 'test').open(sealed, 'usr_a'),
    );
  });
});
