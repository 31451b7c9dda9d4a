import { generateKeyPairSync, sign } from 'node:crypto';

const { privateKey } = generateKeyPairSync('ed25519');
const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const read = (text: string): object => JSON.parse(Buffer.from(text, 'base64url').toString()) as object; // its own

/** What somebody can make of an access token that holds, without the key that signed it; by what it is. */
export function forge(token: string): ReadonlyMap<string, string> {
  const [header = '', payload = '', signature = ''] = token.split('.');
  const signedAnew = (claims: string): string => {
    const text = `${header}.${claims}`;
    return `${text}.${sign(null, Buffer.from(text), privateKey).toString('base64url')}`;
  };
  const longer = part({ ...read(payload), exp: 9_999_999_999 });
  return new Map([
    [
      'a token with a signature that is off',
      `${header}.${payload}.${signature[0] === 'A' ? 'B' : 'A'}${signature.slice(1)}`,
    ],
    ['a token without a signature', `${part({ alg: 'none', typ: 'at+jwt' })}.${payload}.`],
    ['a token that was made longer', `${header}.${longer}.${signature}`],
    ['a token signed by a stranger', signedAnew(longer)],
  ]);
}
