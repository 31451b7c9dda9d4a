import assert from 'node:assert/strict';
import { checkPassword, hashPassword } from '../src/trust/password.ts';
import { hashToken, isTokenText, newTokenText, redactTokens } from '../src/trust/token-text.ts';
import { newTotpSecret, totpAddress, totpAt, totpStep } from '../src/trust/totp.ts';

describe('passwords', function () {
  // They are meant to be slow, and the machine may be busy.
  this.timeout(60_000);

  it('are hashed with a salt, and checked', async () => {
    const [one, two] = await Promise.all([hashPassword('long enough'), hashPassword('long enough')]);
    assert.notEqual(one, two);
    assert.equal(await checkPassword('long enough', one), true);
    assert.equal(await checkPassword('long enougH', one), false);
    assert.equal(await checkPassword('long enough', undefined), false);
  });

  it('are the same however the keyboard composes a letter', async () => {
    assert.equal(await checkPassword('caf\u00e9 latte', await hashPassword('cafe\u0301 latte')), true);
  });
});

describe('one-time passwords', () => {
  it('are those of RFC 6238', () => {
    // Its test secret "12345678901234567890" in base32; the last six of its eight digits.
    const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
    for (const [seconds, password] of [
      [59, '287082'],
      [1111111109, '081804'],
      [20000000000, '353130'],
    ] as const)
      assert.equal(totpAt(secret, new Date(seconds * 1000)), password);
  });

  it('are good for their half minute and the ones beside it', () => {
    const secret = newTotpSecret();
    const now = new Date('2026-01-01T00:00:15Z');
    const at = (seconds: number): string => totpAt(secret, new Date(now.getTime() + seconds * 1000));
    for (const seconds of [-30, 0, 30]) assert.ok(totpStep(secret, at(seconds), now), `${seconds}`);
    for (const seconds of [-90, 90])
      assert.equal(totpStep(secret, at(seconds), now), undefined, `${seconds}`);
    for (const text of ['', '12345', 'abcdef', '1234567'])
      assert.equal(totpStep(secret, text, now), undefined);
  });

  it('have an address that authenticators read', () => {
    assert.equal(totpAddress('ABC', 'ann', 'r:1'), 'otpauth://totp/r%3A1:ann?secret=ABC&issuer=r%3A1');
  });
});

describe('tokens', () => {
  it('are known by their look, and a slip of one letter is not one', () => {
    const token = newTokenText();
    assert.match(token, /^af_[0-9A-Za-z]{38}$/);
    assert.equal(isTokenText(token), true);
    const swapped = token.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a'));
    assert.equal(isTokenText(swapped), false);
    assert.notEqual(hashToken(token), hashToken(newTokenText()));
  });

  it('do not get into a text that is logged', () => {
    assert.equal(redactTokens(`DELETE /-/user/token/${newTokenText()}`), 'DELETE /-/user/token/af_***');
  });
});
