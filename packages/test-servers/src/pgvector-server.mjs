// PostgreSQL with pgvector, compiled to WebAssembly, behind PostgreSQL's protocol. Every client shares its one session: what they
// send takes turns, a transaction keeps the others waiting until it ends, and each client's prepared statements get names of its own.
// It logs in as the owner of the database, or as the superuser postgres.
import { createServer } from 'node:net';
import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';

const [port, owner = ''] = process.argv.slice(2);
const requests = { cancel: 80_877_102, tls: 80_877_103, gss: 80_877_104 };

const database = await PGlite.create({ extensions: { vector } });
await database.exec(
  `CREATE ROLE ${owner} LOGIN; ALTER DATABASE postgres OWNER TO ${owner}; ALTER SCHEMA public OWNER TO ${owner}`,
);
const parameters = Object.entries({
  server_version: (await database.query('SHOW server_version')).rows[0]?.server_version ?? '',
  server_encoding: 'UTF8',
  client_encoding: 'UTF8',
  DateStyle: 'ISO, MDY',
  integer_datetimes: 'on',
  standard_conforming_strings: 'on',
});

/** @type {import('node:net').Socket | undefined} The client whose transaction is under way. */
let holder;
/** @type {{ socket: import('node:net').Socket, user: string, unit: Buffer, since: number }[]} */
const waiting = [];
let user = 'postgres';
let busy = false;

/** Milliseconds until one that only looks need not wait for a transaction, whose client may be waiting for it. */
const looksAfter = 100;
/** @param {Buffer} unit */
const onlyLooks = (unit) =>
  !/\b(?:BEGIN|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|ROLLBACK|enter|lock)\b/i.test(unit.toString('latin1'));

async function serve() {
  if (busy) return;
  busy = true;
  for (;;) {
    const long = performance.now() - looksAfter;
    const at = waiting.findIndex(
      ({ socket, since, unit, user: wanted }) =>
        holder === undefined || holder === socket || (since < long && wanted === user && onlyLooks(unit)),
    );
    const [next] = at === -1 ? [] : waiting.splice(at, 1);
    if (!next) break;
    if (next.user !== user) await database.exec(`SET SESSION AUTHORIZATION ${(user = next.user)}`);
    const answer = Buffer.from(await database.execProtocolRaw(next.unit, { throwOnError: false }));
    // It ends with ReadyForQuery, whose one byte says whether a transaction is open.
    if (answer.at(-1) === 0x49) holder = undefined;
    else holder ??= next.socket;
    if (!next.socket.destroyed) next.socket.write(answer);
  }
  busy = false;
  if (waiting.length > 0) setTimeout(() => void serve(), looksAfter);
}

/** @param {string} text */
const cString = (text) => Buffer.from(`${text}\0`);

/** @param {string} type @param {Buffer} body */
function message(type, body) {
  const head = Buffer.alloc(5, type);
  head.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

/** What is sent to a client that has come. */
function greeting() {
  return Buffer.concat([
    message('R', Buffer.alloc(4)),
    ...parameters.map(([name, value]) => message('S', Buffer.concat([cString(name), cString(value)]))),
    message('K', Buffer.alloc(8)),
    message('Z', Buffer.from('I')),
  ]);
}

/** Puts the client's mark before the name of a prepared statement. @param {Buffer} whole @param {string} mark */
function renamed(whole, mark) {
  const type = String.fromCharCode(whole[0] ?? 0);
  const body = whole.subarray(5);
  // Parse: name, text; Bind: portal, name; Describe and Close: a kind, then the name.
  const from = type === 'P' ? 0 : type === 'B' ? body.indexOf(0) + 1 : body[0] === 0x53 ? 1 : -1;
  if (!'PBDC'.includes(type) || from === -1 || body[from] === 0) return whole;
  return message(type, Buffer.concat([body.subarray(0, from), Buffer.from(mark), body.subarray(from)]));
}

let clients = 0;
const server = createServer((socket) => {
  const mark = `c${++clients}_`;
  let read = Buffer.alloc(0);
  let own = owner;
  let greeted = false;
  /** @type {Buffer[]} */
  let unit = [];
  socket.setNoDelay();
  socket.on('error', () => {});
  socket.on('close', () => {
    for (let at = waiting.length; at-- > 0;) if (waiting[at]?.socket === socket) waiting.splice(at, 1);
    if (holder === socket)
      waiting.push({ socket, user: own, since: performance.now(), unit: message('Q', cString('ROLLBACK')) });
    void serve();
  });
  socket.on('data', (data) => {
    read = Buffer.concat([read, data]);
    for (;;) {
      const size = greeted
        ? 1 + (read.length < 5 ? Infinity : read.readUInt32BE(1))
        : read.length < 8
          ? Infinity
          : read.readUInt32BE(0);
      if (read.length < size) break;
      const whole = read.subarray(0, size);
      read = read.subarray(size);
      if (!greeted) {
        const asked = whole.readUInt32BE(4);
        if (asked === requests.tls || asked === requests.gss) socket.write('N');
        else if (asked === requests.cancel) socket.destroy();
        else {
          greeted = true;
          if (whole.includes('user\0postgres\0')) own = 'postgres';
          socket.write(greeting());
        }
        continue;
      }
      const type = String.fromCharCode(whole[0] ?? 0);
      if (type === 'X') return void socket.end();
      unit.push(renamed(whole, mark));
      if (type !== 'S' && type !== 'Q') continue;
      waiting.push({ socket, user: own, since: performance.now(), unit: Buffer.concat(unit) });
      unit = [];
    }
    void serve();
  });
});
server.listen(Number(port), '127.0.0.1');
