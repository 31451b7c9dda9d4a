import assert from 'node:assert/strict';
import { applyEnvOverrides, envName } from '../../src/config/env-overrides.ts';

describe('applyEnvOverrides', () => {
  const schema = {
    properties: {
      port: { type: 'integer' },
      maxOpenFiles: { type: 'integer' },
      tags: { type: 'array' },
      tls: { properties: { certFile: { type: 'string' } } },
    },
  };

  it('matches keys written in capitals, nests with two, and reads lists as JSON', () => {
    const draft: Record<string, unknown> = { port: 1, headers: { 'x-a': '1' } };
    const set = applyEnvOverrides(draft, 'AF_WEB__', schema, {
      AF_WEB__PORT: '80',
      AF_WEB__MAX_OPEN_FILES: '5',
      AF_WEB__TLS__CERT_FILE: 'a.pem',
      AF_WEB__TAGS: '["a"]',
      AF_WEB__HEADERS__X_A: '2',
      AF_OTHER__PORT: '9',
    });
    assert.deepEqual(draft, {
      port: '80',
      headers: { 'x-a': '2' },
      maxOpenFiles: '5',
      tls: { certFile: 'a.pem' },
      tags: ['a'],
    });
    assert.match(set.get('/tls/certFile') ?? '', /AF_WEB__TLS__CERT_FILE/);
  });

  it('tells of a variable that fits no key', () => {
    const unknown: unknown[] = [];
    const env = { AF_WEB__PROT: '1', AF_WEB__TLS__CERTFILES: 'x' };
    applyEnvOverrides({}, 'AF_WEB__', schema, env, (...found) => unknown.push(found));
    assert.deepEqual(unknown, [
      ['AF_WEB__PROT', 'AF_WEB__PORT'],
      ['AF_WEB__TLS__CERTFILES', 'AF_WEB__TLS__CERT_FILE'],
    ]);
  });

  it('cannot be used to reach a prototype', () => {
    const trap = { properties: JSON.parse('{"__proto__": {"properties": {"polluted": {}}}}') as object };
    const hostile = { AF_X____PROTO____POLLUTED: '1', AF_X__PROTO__POLLUTED: '1' };
    applyEnvOverrides({}, 'AF_X__', trap, hostile);
    assert.equal(({} as { polluted?: unknown }).polluted, undefined);
  });

  it('writes names as the environment does', () => {
    assert.equal(envName('http-api'), 'HTTP_API');
    assert.equal(envName('maxOpenFiles'), 'MAX_OPEN_FILES');
  });
});
