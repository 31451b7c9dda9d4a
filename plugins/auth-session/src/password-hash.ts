import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { errors } from './errors.ts';

const derive = promisify(argon2);
// OWASP's first choice for Argon2id, 2025: some 30 ms of one core.
const memory = 19_456;
const passes = 2;
const tagLength = 32;
const phc = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=1\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

/** A password as it is kept: a PHC string, which names what it was made with. */
export async function hashPassword(password: string): Promise<string> {
  const nonce = randomBytes(16);
  const tag = await argon(password, { nonce, memory, passes });
  return `$argon2id$v=19$m=${memory},t=${passes},p=1$${text(nonce)}$${text(tag)}`;
}

/** Whether a password is the one that was kept. Where nothing was kept it takes as long, and is not. */
export async function isPassword(password: string, kept: string | undefined): Promise<boolean> {
  const [, m, t, salt = '', tag = ''] = phc.exec(kept ?? '') ?? [];
  const wanted = Buffer.from(tag, 'base64');
  const found = await argon(password, {
    nonce: wanted.length === tagLength ? Buffer.from(salt, 'base64') : Buffer.alloc(16),
    memory: Number(m ?? memory),
    passes: Number(t ?? passes),
  });
  return wanted.length === tagLength && timingSafeEqual(found, wanted);
}

/** AF_SESSION_PASSWORD_WEAK. Length is what counts; rules about kinds of characters only make passwords alike. */
export function checkPassword(password: string, email: string | undefined): void {
  const reason =
    password.length < 10 || password.length > 200
      ? 'it has not 10 to 200 characters'
      : new Set(password).size < 5
        ? 'it has hardly any different characters'
        : email !== undefined && password.toLowerCase().includes(email.toLowerCase())
          ? 'it is your email'
          : undefined;
  if (reason !== undefined) throw errors.AF_SESSION_PASSWORD_WEAK({ reason });
}

function argon(
  password: string,
  { nonce, memory: kib, passes: times }: { nonce: Buffer; memory: number; passes: number },
): Promise<Buffer> {
  const message = Buffer.from(password.normalize('NFKC'));
  return derive('argon2id', { message, nonce, parallelism: 1, tagLength, memory: kib, passes: times });
}

function text(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
