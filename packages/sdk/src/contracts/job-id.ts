import { randomBytes } from 'node:crypto';

let lastMs = 0;
let counter = 0;

/** An id for a job, for engines: a UUID of version 7 (RFC 9562, section 5.7); those of one process grow. */
export function newJobId(): string {
  const now = Date.now();
  if (now > lastMs) {
    lastMs = now;
    counter = 0;
  } else if (++counter > 0xfff) {
    lastMs++;
    counter = 0;
  }
  const time = lastMs.toString(16).padStart(12, '0');
  const rest = nextRandom();
  const variant = ((Number.parseInt(rest.slice(0, 4), 16) & 0x3fff) | 0x8000).toString(16);
  const count = counter.toString(16).padStart(3, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${count}-${variant}-${rest.slice(4)}`;
}

let pool = '';

function nextRandom(): string {
  if (pool === '') pool = randomBytes(1600).toString('hex');
  const taken = pool.slice(0, 16);
  pool = pool.slice(16);
  return taken;
}
