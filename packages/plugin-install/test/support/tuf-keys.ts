import { createHash, sign } from 'node:crypto';
import { createAuthorKey, type SigningKey } from '@agent-factory/plugin-package';
import {
  Key,
  Metadata,
  MetaFile,
  Root,
  Signature,
  Snapshot,
  TargetFile,
  Targets,
  Timestamp,
} from '@tufjs/models';

/** Signs a registry's metadata as TUF wants it: four roles, a key each. */
export class TufKeys {
  readonly root: SigningKey = createAuthorKey();
  readonly targets: SigningKey = createAuthorKey();
  readonly snapshot: SigningKey = createAuthorKey();
  readonly timestamp: SigningKey = createAuthorKey();

  /** The first root. */
  rootFile(version = 1, expires = inDays(365), signedBy: readonly SigningKey[] = [this.root]): Buffer {
    const root = new Root({ version, specVersion: '1.0.0', expires, consistentSnapshot: true });
    for (const name of ['root', 'targets', 'snapshot', 'timestamp'] as const)
      root.addKey(tufKey(this[name]), name);
    return signed(root, signedBy);
  }

  /** Targets, snapshot and timestamp of one version. */
  files(
    version: number,
    targets: Readonly<Record<string, { readonly bytes: Uint8Array; readonly custom?: object }>>,
    expires = inDays(1),
  ): { targets: Buffer; snapshot: Buffer; timestamp: Buffer } {
    const common = { version, specVersion: '1.0.0', expires };
    const listed = Object.entries(targets).map(([path, { bytes, custom }]) => {
      const hashes = { sha512: createHash('sha512').update(bytes).digest('hex') };
      return [
        path,
        new TargetFile({
          path,
          length: bytes.length,
          hashes,
          unrecognizedFields: custom ? { custom: { ...custom } } : {},
        }),
      ] as const;
    });
    const targetsFile = signed(new Targets({ ...common, targets: Object.fromEntries(listed) }), [
      this.targets,
    ]);
    const snapshot = signed(
      new Snapshot({ ...common, meta: { 'targets.json': new MetaFile({ version }) } }),
      [this.snapshot],
    );
    const hashes = { sha512: createHash('sha512').update(snapshot).digest('hex') };
    const snapshotMeta = new MetaFile({ version, length: snapshot.length, hashes });
    return {
      targets: targetsFile,
      snapshot,
      timestamp: signed(new Timestamp({ ...common, snapshotMeta }), [this.timestamp]),
    };
  }
}

/** Some days from now, as TUF writes times. */
export function inDays(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().replace(/\.\d+Z$/, 'Z');
}

function tufKey({ publicKey }: SigningKey): Key {
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('hex');
  const keyID = createHash('sha256').update(raw).digest('hex');
  return new Key({ keyID, keyType: 'ed25519', scheme: 'ed25519', keyVal: { public: raw } });
}

function signed(content: Root | Targets | Snapshot | Timestamp, keys: readonly SigningKey[]): Buffer {
  const metadata = new Metadata(content);
  for (const key of keys)
    metadata.sign(
      (bytes) =>
        new Signature({ keyID: tufKey(key).keyID, sig: sign(null, bytes, key.privateKey).toString('hex') }),
      true,
    );
  return Buffer.from(JSON.stringify(metadata.toJSON()));
}
