import { createHash } from 'node:crypto';
import type { PackedPlugin } from '@agent-factory/plugin-package';
import { reasonIn } from './answer-text.ts';
import { errors } from './errors.ts';
import { checkRegistry, encodePackage } from './registry-client.ts';
import { request } from './transport.ts';

/** Where and how to publish. */
export interface PublishOptions {
  readonly registry: string;
  readonly token: string;
  /** Name of the channel the version is the newest of. Default `latest`. */
  readonly tag?: string;
  /** Code of a second factor. */
  readonly otp?: string | undefined;
}

/** Publishes a package file, as npm does. @throws AF_INSTALL_PUBLISH */
export async function publish(
  packed: PackedPlugin,
  { registry: given, token, tag = 'latest', otp }: PublishOptions,
): Promise<void> {
  const registry = checkRegistry(given);
  const { name, version } = packed.packageJson;
  const file = `${name}-${version}.tgz`;
  const tarball = `${registry}/${name}/-/${name.slice(name.indexOf('/') + 1)}-${version}.tgz`;
  const shasum = createHash('sha1').update(packed.bytes).digest('hex');
  const dist = { integrity: packed.integrity, shasum, tarball };
  const readme = packed.files.find(({ path }) => /^readme(\.md)?$/i.test(path));
  const document = {
    _id: name,
    name,
    'dist-tags': { [tag]: version },
    versions: {
      [version]: {
        ...packed.packageJson,
        _id: `${name}@${version}`,
        ...(readme && { readme: Buffer.from(readme.bytes).toString('utf8') }),
        dist,
      },
    },
    access: 'public',
    _attachments: {
      [file]: {
        content_type: 'application/octet-stream',
        data: Buffer.from(packed.bytes).toString('base64'),
        length: packed.bytes.length,
      },
    },
  };
  const headers = {
    'content-type': 'application/json',
    authorization: `Bearer ${token}`,
    ...(otp !== undefined && { 'npm-otp': otp }),
  };
  const url = `${registry}/${encodePackage(name)}`;
  const { status, bytes } = await request(
    registry,
    url,
    { method: 'PUT', headers, body: JSON.stringify(document) },
    2 ** 20,
  );
  if (status < 300) return;
  const reason = reasonIn(bytes, `it answers with status ${status}`);
  const mends: Readonly<Record<number, string>> = {
    401:
      otp === undefined
        ? 'Check the token; if the account has a second factor, add --otp CODE.'
        : 'Check the token and the code.',
    403: 'Raise the version if it is there already; otherwise check that the name is yours.',
    413: 'Leave out what the plugin does not need to run.',
  };
  throw errors.AF_INSTALL_PUBLISH({
    registry,
    package: `${name}@${version}`,
    reason,
    mend: mends[status] ?? 'Mend what it names.',
  });
}
