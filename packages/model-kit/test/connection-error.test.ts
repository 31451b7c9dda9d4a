import assert from 'node:assert/strict';
import { brokenOff, lost } from '../src/http/connection-error.ts';

const failed = (code: string, message: string): NodeJS.ErrnoException =>
  Object.assign(new Error(message), { code });
const server = 'https://models.example.com/v1';

describe('a connection that is lost', () => {
  const cases: readonly (readonly [code: string, message: string, told: string, words: RegExp])[] = [
    ['ECONNREFUSED', 'connect ECONNREFUSED 1.2.3.4:443', 'AF_MODEL_CONNECTION', /nothing listens there/],
    ['ENOTFOUND', 'getaddrinfo ENOTFOUND x', 'AF_MODEL_CONNECTION', /name of the host is not known/],
    ['EWHATEVER', 'something odd', 'AF_MODEL_CONNECTION', /something odd \(EWHATEVER\)\./],
    ['HPE_INVALID_CONSTANT', 'Parse Error', 'AF_MODEL_RESPONSE_INVALID', /no HTTP/],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed certificate', 'AF_MODEL_TLS', /self-signed certificate/],
    ['CERT_HAS_EXPIRED', 'certificate has expired', 'AF_MODEL_TLS', /expired/],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'unable to verify', 'AF_MODEL_TLS', /unable to verify/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'Hostname/IP does not match', 'AF_MODEL_TLS', /does not match/],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'wrong version number', 'AF_MODEL_TLS', /wrong version/],
    ['EPROTO', 'write EPROTO', 'AF_MODEL_TLS', /EPROTO/],
  ];
  for (const [code, message, told, words] of cases) {
    it(`by ${code} is ${told}`, () => {
      const error = lost(server, failed(code, message));
      assert.equal(error.code, told);
      assert.match(error.message, words);
      assert.match(error.message, /models\.example\.com/);
    });
  }

  it('is worth another try, unless it was no trust or no HTTP', () => {
    assert.equal(lost(server, failed('ECONNRESET', 'x')).retryable, true);
    assert.equal(lost(server).retryable, true);
    assert.equal(lost(server, failed('CERT_HAS_EXPIRED', 'x')).retryable, false);
  });

  it('in the middle of an answer is told as that', () => {
    const error = brokenOff(server, failed('ECONNRESET', 'read ECONNRESET'));
    assert.equal(error.code, 'AF_MODEL_STREAM_BROKEN');
    assert.match(error.message, /it was cut off/);
  });
});
