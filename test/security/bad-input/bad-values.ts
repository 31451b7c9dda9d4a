const long = 70_000;
const deep = 150; // deeper than the API takes

/** JSON texts to put where a route wants something: of each type, at the edges, and what no storage keeps. */
export const kinds: readonly string[] = [
  'null',
  'true',
  '0',
  '-1',
  '0.5',
  '1e400', // JSON has it, and JSON.parse makes it Infinity
  '-1e21',
  '9007199254740993',
  '""',
  '"1"',
  '"a\\u0000b"',
  '"\\ud800"',
  '[]',
  '[null]',
  '{}',
  '{"__proto__":{"polluted":true}}',
  '{"a\\u0000b":"\\u0000","\\ud800":"\\ud800"}',
  '{"a\\"b\\\\":1}',
  JSON.stringify('x'.repeat(long)),
];

/** More of them, which break naive code. */
export const texts: readonly string[] = [
  'false',
  '" "',
  '"NaN"',
  '"Infinity"',
  '"true"',
  '"\\udc00\\ud800 both"',
  '"\\u001b[2J\\u0007\\r\\n"',
  '"\\u202e\\ufeff\\uffff"',
  '"__proto__"',
  '"constructor"',
  '"../../../x"',
  "\"' OR '1'='1\"",
  '"%00%zz"',
  '"${x}{{x}}$where"',
  '[[],{},0,""]',
  `[${'0,'.repeat(2000)}0]`,
  '{"":null}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  `${'['.repeat(deep)}${']'.repeat(deep)}`,
];

/** What a database or a file system may stumble over: the few to try where each request is dear. */
export const dearValues: ReadonlySet<string> = new Set([
  '1e400',
  '-1e21',
  '9007199254740993',
  '0.5',
  '""',
  '"a\\u0000b"',
  '"\\ud800"',
  '{"a\\u0000b":"\\u0000","\\ud800":"\\ud800"}',
]);

/** What may stand, encoded as it is, in place of a parameter in a path. */
export const pathTexts: readonly string[] = [
  '%',
  '%zz',
  '%00',
  'a%00b',
  '%C0%AF',
  '%ED%A0%80',
  '%ff',
  '.',
  '..',
  '%2e%2e',
  '..%2f..%2f..%2fx',
  '..%5c..%5cx',
  '%2F',
  '',
  '%20',
  '-1',
  '0',
  '1e400',
  'NaN',
  'null',
  '__proto__',
  'constructor',
  '*',
  ';',
  '%0d%0ax-injected:%201',
  '%27%20OR%20%271%27=%271',
  '%F0%9F%92%A9',
  '%7Bid%7D',
  '%E2%80%AE',
  'x'.repeat(300),
  'x'.repeat(8000),
];

/** What may stand, encoded as it is, behind the equals sign of a query parameter. */
export const queryTexts: readonly string[] = [
  '',
  '%',
  '%zz',
  '%00',
  'a%00b',
  '%ff',
  '%ED%A0%80',
  '%20',
  '-1',
  '0',
  '1.5',
  '1e400',
  '99999999999999999999',
  '9007199254740993',
  '0x10',
  'NaN',
  'Infinity',
  'null',
  'true',
  '[]',
  '{}',
  '__proto__',
  'constructor',
  '%27%20OR%20%271%27=%271',
  '..%2f..%2fx',
  'x'.repeat(8000),
];

/** Queries that no route knows, and that are none. */
export const queries: readonly string[] = [
  '',
  '?',
  '=&&&==',
  '%',
  'unexpected=1',
  '__proto__=1&__proto__[polluted]=1',
  'constructor=1&toString=1&hasOwnProperty=1',
  'x&'.repeat(3000),
];

const session = '__Host-af-session';

/** Headers that are not as they should be. */
export const headers: readonly (readonly [name: string, value: string])[] = [
  ...['', 'x', '"', '"a', 'W/"a', '*, *', '""', 'é', `"${'x'.repeat(9000)}"`].flatMap((value) => [
    ['if-match', value] as const,
    ['if-none-match', value] as const,
  ]),
  ...['', 'x', '-1', '1.5', '1e400', '9'.repeat(400), '../x', 'é'].map(
    (value) => ['last-event-id', value] as const,
  ),
  ...['', 'a b', 'é', 'x'.repeat(256)].map((value) => ['idempotency-key', value] as const),
  ...['', '../x', '__proto__', 'Acme', 'x'.repeat(300)].map((value) => ['x-tenant', value] as const),
  ...['', 'Bearer', 'Bearer é', 'Basic Og==', 'Bearer af_', 'Bearer ..', `Bearer ${'x'.repeat(9000)}`].map(
    (value) => ['authorization', value] as const,
  ),
  ...[';;;==', `${session}=`, `${session}=%00.%00`, `${session}=__proto__.x`, 'x'.repeat(9000)].map(
    (value) => ['cookie', value] as const,
  ),
  ['x-request-id', '../x\t'],
  ['x-csrf-token', 'é'],
  ['accept', 'nonsense'],
  ['origin', 'null'],
  ['x-forwarded-for', '::,,x, 999.999.999.999'],
  ['x-large', 'x'.repeat(17_000)],
];

/** Bodies that are no JSON in UTF-8, or not what any route takes, by what is wrong with them. */
export const bodies: Readonly<Record<string, Buffer>> = {
  'no body': Buffer.alloc(0),
  'a list': Buffer.from('[]'),
  'a text': Buffer.from('"text"'),
  'a number': Buffer.from('1'),
  null: Buffer.from('null'),
  'half a body': Buffer.from('{"a":'),
  'two bodies': Buffer.from('{}{}'),
  'single quotes': Buffer.from("{'a':1}"),
  NaN: Buffer.from('{"a":NaN}'),
  'a comment': Buffer.from('{/* x */}'),
  'bad UTF-8': Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
  'an encoded surrogate': Buffer.from([0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x3a, 0x31, 0x7d]),
  'UTF-16': Buffer.from('{"a":1}', 'utf16le'),
  zeros: Buffer.alloc(16),
  'too deep': Buffer.from(`${'{"a":'.repeat(deep)}1${'}'.repeat(deep)}`),
  'far too deep': Buffer.from('['.repeat(200_000)),
  'too large': Buffer.from(`{"a":"${'x'.repeat(2 ** 20)}"}`),
  'many members': Buffer.from(
    JSON.stringify(Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`k${i}`, i]))),
  ),
};

/** Headers of a body that do not fit it, though the body is right. */
export const bodyHeaders: readonly (readonly [name: string, value: string])[] = [
  ...[
    '',
    'text/plain',
    'application/xml',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/json; charset=latin1',
    'application/json; charset=utf-16',
    'application/jsonx',
    ';;;',
  ].map((value) => ['content-type', value] as const),
  ['content-encoding', 'gzip'],
  ['content-encoding', 'nonsense'],
];

/** Methods to try on each path, known or not. */
export const methods: readonly string[] = [
  'GET',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'TRACE',
  'PROPFIND',
  'QUERY',
];

const end = 'host: x\r\nconnection: close\r\n\r\n';

/** What comes over a connection and is no request, or a strange one. */
export const notHttp: readonly string[] = [
  'x',
  '\0\0\0\0',
  '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03', // the beginning of TLS
  'GET\r\n\r\n',
  `GET / HTTP/9.9\r\n${end}`,
  `FOO /api/v1/health HTTP/1.1\r\n${end}`,
  `GET /api/v1/health\0 HTTP/1.1\r\n${end}`,
  `GET http://elsewhere.example/api/v1/health HTTP/1.1\r\n${end}`,
  `GET //elsewhere.example/api/v1/health HTTP/1.1\r\n${end}`,
  `OPTIONS * HTTP/1.1\r\n${end}`,
  `CONNECT elsewhere.example:443 HTTP/1.1\r\n${end}`,
  'GET /api/v1/health HTTP/1.1\r\nconnection: close\r\n\r\n', // no host
  `GET /api/v1/health HTTP/1.1\r\nhost: y\r\n${end}`,
  `GET /api/v1/health HTTP/1.1\r\nx bad: 1\r\n${end}`,
  `GET /api/v1/health HTTP/1.1\r\nx: a\0b\r\n${end}`,
  `GET /api/v1/health HTTP/1.1\r\nx: 1\r\n folded\r\n${end}`,
  `GET /api/v1/health HTTP/1.1\r\n${'x: 1\r\n'.repeat(3000)}${end}`,
  `GET /${'x'.repeat(20_000)} HTTP/1.1\r\n${end}`,
  `POST /api/v1/auth/login HTTP/1.1\r\ncontent-length: -1\r\n${end}`,
  `POST /api/v1/auth/login HTTP/1.1\r\ncontent-length: 2\r\ncontent-length: 3\r\n${end}{}`,
  `POST /api/v1/auth/login HTTP/1.1\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n${end}0\r\n\r\n`,
  `POST /api/v1/auth/login HTTP/1.1\r\ntransfer-encoding: chunked\r\n${end}zz\r\n`,
  `POST /api/v1/auth/login HTTP/1.1\r\ntransfer-encoding: x, chunked\r\n${end}0\r\n\r\n`,
  `GET /api/v1/health HTTP/1.1\r\nupgrade: websocket\r\nconnection: upgrade\r\nhost: x\r\n\r\n`,
];
