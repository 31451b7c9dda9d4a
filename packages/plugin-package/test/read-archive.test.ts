import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { create } from 'tar';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readArchive } from '@agent-factory/plugin-package';
import { packageFile, packageJson, pax, tarOf, type HandmadeEntry } from './support/handmade-tar.ts';

/** What is refused: in words, the package file, the code, and a piece of the message. */
type Refusal = readonly [what: string, file: Uint8Array, code: string, message: RegExp];

const evil = (entry: Partial<HandmadeEntry> & { path: string }): Uint8Array =>
  packageFile({ content: 'x', ...entry });
const path = (written: string): Uint8Array =>
  packageFile(pax({ path: written }), { path: 'package/a', content: 'x' });

const refusals: readonly Refusal[] = [
  ['a path upwards', path('package/../../etc/passwd'), 'AF_ARCHIVE_PATH', /leads outside/],
  ['a path upwards that comes back', path('package/a/../b'), 'AF_ARCHIVE_PATH', /roundabout/],
  [
    'an absolute path',
    evil({ path: '/etc/passwd' }),
    'AF_ARCHIVE_PATH',
    /does not lie in the folder package/,
  ],
  ['a drive letter', path('package/C:/windows/a'), 'AF_ARCHIVE_PATH', /Windows refuses/],
  ['a stream of a file on Windows', path('package/a.js:hidden'), 'AF_ARCHIVE_PATH', /Windows refuses/],
  ['backslashes', path('package\\..\\..\\a'), 'AF_ARCHIVE_PATH', /backslash/],
  ['a second root', evil({ path: 'other/a.js' }), 'AF_ARCHIVE_PATH', /does not lie/],
  ['no root', evil({ path: 'a.js' }), 'AF_ARCHIVE_PATH', /does not lie/],
  ['an empty part of a path', path('package//a'), 'AF_ARCHIVE_PATH', /roundabout/],
  ['a name Windows keeps', path('package/lib/aux.js'), 'AF_ARCHIVE_PATH', /devices/],
  ['a name that ends with a dot', path('package/a./b'), 'AF_ARCHIVE_PATH', /dot or a space/],
  ['a zero byte in a long name', path('package/a\0b'), 'AF_ARCHIVE_PATH', /cannot be seen/],
  ['text that runs backwards in a name', path('package/\u202Esj.a'), 'AF_ARCHIVE_PATH', /cannot be seen/],
  ['a path that is too long', path(`package/${'deep/'.repeat(60)}a`), 'AF_ARCHIVE_PATH', /longer than/],
  ['another Unicode form', path('package/cafe\u0301.js'), 'AF_ARCHIVE_PATH', /NFC/],
  [
    'two names that differ in case',
    packageFile({ path: 'package/A.js' }, { path: 'package/a.js' }),
    'AF_ARCHIVE_PATH',
    /differs from another only in its case/,
  ],
  ['a second package.json', packageFile(packageJson), 'AF_ARCHIVE_PATH', /there twice/],
  [
    'a second package.json in capitals',
    packageFile({ ...packageJson, path: 'package/PACKAGE.JSON' }),
    'AF_ARCHIVE_PATH',
    /there twice/,
  ],
  [
    'a file below a file',
    packageFile({ path: 'package/a', content: 'x' }, { path: 'package/a/b' }),
    'AF_ARCHIVE_PATH',
    /inside a file/,
  ],
  [
    'a file in the place of a folder',
    packageFile({ path: 'package/a/b' }, { path: 'package/A' }),
    'AF_ARCHIVE_PATH',
    /a file and a folder/,
  ],
  [
    'a symbolic link',
    evil({ path: 'package/a', type: '2', linkTo: '/etc/passwd' }),
    'AF_ARCHIVE_KIND',
    /symbolic link/,
  ],
  ['a hard link', evil({ path: 'package/a', type: '1', linkTo: '../../a' }), 'AF_ARCHIVE_KIND', /hard link/],
  ['a device', evil({ path: 'package/a', type: '3' }), 'AF_ARCHIVE_KIND', /device/],
  ['a pipe', evil({ path: 'package/a', type: '6' }), 'AF_ARCHIVE_KIND', /pipe/],
  ['a type nobody knows', evil({ path: 'package/a', type: 'Z' }), 'AF_ARCHIVE_KIND', /no known kind/],
  [
    'a file that runs as another user',
    evil({ path: 'package/a', mode: 0o6755 }),
    'AF_ARCHIVE_KIND',
    /setuid/,
  ],
  [
    'a sticky folder',
    evil({ path: 'package/a', type: '5', mode: 0o1777, content: '' }),
    'AF_ARCHIVE_KIND',
    /setuid/,
  ],
  ['an .npmrc', evil({ path: 'package/.npmrc' }), 'AF_ARCHIVE_FORBIDDEN', /\.npmrc/],
  ['an .npmrc further down', evil({ path: 'package/lib/.NPMRC' }), 'AF_ARCHIVE_FORBIDDEN', /\.NPMRC/],
  [
    'node_modules that nobody declared',
    evil({ path: 'package/node_modules/left-pad/index.js' }),
    'AF_ARCHIVE_FORBIDDEN',
    /node_modules/,
  ],
  ['no package.json', gzipSync(tarOf([{ path: 'package/a' }])), 'AF_ARCHIVE_MANIFEST', /there is none/],
  [
    'a package.json that is no JSON',
    gzipSync(tarOf([{ ...packageJson, content: '{' }])),
    'AF_ARCHIVE_MANIFEST',
    /not JSON/,
  ],
  [
    'a package.json without a version',
    gzipSync(tarOf([{ ...packageJson, content: '{"name":"a"}' }])),
    'AF_ARCHIVE_MANIFEST',
    /name and version/,
  ],
  [
    'something that is no gzip',
    Buffer.from('<html>502 Bad Gateway</html>'),
    'AF_ARCHIVE_UNREADABLE',
    /no whole gzip/,
  ],
  [
    'a file that was cut off',
    packageFile({ path: 'package/a' }).subarray(0, -10),
    'AF_ARCHIVE_UNREADABLE',
    /no whole gzip/,
  ],
  [
    'an archive without an end',
    gzipSync(tarOf([packageJson], Buffer.alloc(0))),
    'AF_ARCHIVE_UNREADABLE',
    /before its end mark/,
  ],
  [
    'an archive that goes on after its end',
    gzipSync(tarOf([packageJson], Buffer.concat([Buffer.alloc(1024), tarOf([{ path: 'package/b' }])]))),
    'AF_ARCHIVE_UNREADABLE',
    /follows its end mark/,
  ],
  [
    'a file larger than the archive',
    evil({ path: 'package/a', size: 4000 }),
    'AF_ARCHIVE_UNREADABLE',
    /middle of a file/,
  ],
  ['a damaged header', evil({ path: 'package/a', damaged: true }), 'AF_ARCHIVE_UNREADABLE', /damaged/],
  [
    'a size that pax tells otherwise',
    packageFile(pax({ size: '1' }), { path: 'package/a', content: 'xx' }),
    'AF_ARCHIVE_UNREADABLE',
    /two sizes/,
  ],
  [
    'a path for all files',
    packageFile(pax({ path: 'package/b' }, 'g'), { path: 'package/a' }),
    'AF_ARCHIVE_UNREADABLE',
    /for all of its files/,
  ],
  [
    'a link hidden in pax',
    packageFile(pax({ linkpath: '/etc' }), { path: 'package/a' }),
    'AF_ARCHIVE_UNREADABLE',
    /linkpath/,
  ],
  [
    'two names for one file',
    packageFile(pax({ path: 'package/b' }), pax({ path: 'package/c' }), { path: 'package/a' }),
    'AF_ARCHIVE_UNREADABLE',
    /twice/,
  ],
  [
    'too many files',
    packageFile(...Array.from({ length: 2000 }, (_, n) => ({ path: `package/${n}` }))),
    'AF_ARCHIVE_TOO_LARGE',
    /more than 2000 files/,
  ],
  ['a bomb', gzipSync(Buffer.alloc(20 * 2 ** 20)), 'AF_ARCHIVE_TOO_LARGE', /unpacked it has more than/],
];

describe('readArchive', () => {
  it('reads what is in a package file', async () => {
    const read = await readArchive(
      packageFile(
        { path: 'package/bin/run.js', content: 'go', mode: 0o755 },
        { path: 'package/lib', type: '5' },
      ),
    );
    assert.deepEqual(
      read.files.map(({ path, executable }) => [path, executable]),
      [
        ['package.json', false],
        ['bin/run.js', true],
      ],
    );
    assert.equal(read.packageJson.name, '@acme/plugin-weather');
    assert.match(read.integrity, /^sha512-[\w+/]{86}==$/);
    assert.equal(read.unpackedSize, 51);
  });

  it('reads what the tar library of npm writes, long paths and all', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'agent-factory-archive-'));
    try {
      const deep = join('package', 'a'.repeat(90), 'ü'.repeat(40));
      mkdirSync(join(folder, deep), { recursive: true });
      writeFileSync(join(folder, deep, 'file.js'), 'deep');
      writeFileSync(join(folder, 'package/package.json'), String(packageJson.content));
      const bytes = create({ cwd: folder, gzip: true, sync: true, portable: true }, ['package']).read();
      assert.ok(bytes);
      const { files } = await readArchive(bytes);
      assert.deepEqual(files.map((one) => one.path).toSorted(), [
        `${'a'.repeat(90)}/${'ü'.repeat(40)}/file.js`,
        'package.json',
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  for (const [what, file, code, message] of refusals) {
    it(`refuses ${what}`, async () => {
      await assert.rejects(readArchive(file), (error: Error & { code?: string }) => {
        assert.equal(error.code, code, error.message);
        assert.match(error.message, message);
        return true;
      });
    });
  }

  it('keeps to the limits it is given', async () => {
    const file = packageFile({ path: 'package/a', content: Buffer.alloc(3 * 2 ** 20, 'abcdefg') });
    await assert.rejects(readArchive(file, { packedBytes: 100 }), { code: 'AF_ARCHIVE_TOO_LARGE' });
    await assert.rejects(readArchive(file, { unpackedBytes: 2 ** 21, ratio: 10_000 }), {
      code: 'AF_ARCHIVE_TOO_LARGE',
    });
    assert.equal((await readArchive(file, { ratio: 10_000 })).files.length, 2);
  });
});
