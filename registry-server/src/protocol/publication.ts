import { hash } from 'node:crypto';
import type { Json } from '@agent-factory/sdk';
import semver from 'semver';
import { errors } from '../errors.ts';
import { objectOf, textOf, type JsonObject } from './json-object.ts';

/** One version as a client sends it. */
export interface Publication {
  readonly name: string;
  readonly version: string;
  readonly tag: string;
  /** What the client says of it. */
  readonly claim: JsonObject;
  readonly tarball: Buffer;
  readonly integrity: string;
  readonly visibility: 'public' | 'restricted' | undefined;
  /** A sigstore bundle, as text. */
  readonly provenance: string | undefined;
}

const mostProvenance = 256 * 1024;
const usualTag = 'latest';

/**
 * Reads the body of a publish: one version, its tarball, and with npm's `--provenance` a bundle.
 *
 * @throws AF_REGISTRY_REQUEST, AF_REGISTRY_INTEGRITY
 */
export function readPublication(name: string, body: Json): Publication {
  const root = objectOf(body);
  const versions = Object.entries(objectOf(root['versions']));
  const [first] = versions;
  if (root['name'] !== name) throw refuse('"name" is another than the one in its address');
  if (!first || versions.length > 1) throw refuse('it must hold exactly one version');
  const [version, rawClaim] = first;
  const claim = objectOf(rawClaim);
  if (version.length > 128 || semver.valid(version) !== version)
    throw refuse(`"${version.slice(0, 128)}" is no semver version`);
  if (claim['version'] !== version) throw refuse('the version is not the same everywhere');
  const tarball = tarballIn(name, version, objectOf(root['_attachments']));
  const integrity = `sha512-${hash('sha512', tarball, 'base64')}`;
  checkSums(name, version, tarball, integrity, objectOf(claim['dist']));
  const { readme: _, ...lean } = claim;
  return {
    name,
    version,
    tag: tagIn(objectOf(root['dist-tags']), version),
    claim: lean,
    tarball,
    integrity,
    visibility: visibilityIn(root['access']),
    provenance: provenanceIn(objectOf(root['_attachments']), tarball),
  };
}

/** A tag that can be set: short, and no version or range. @throws AF_REGISTRY_TAG */
export function checkTag(tag: string): void {
  if (tag === usualTag) return; // to find out that it is no range takes a while
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(tag))
    throw errors.AF_REGISTRY_TAG({
      tag: JSON.stringify(tag.slice(0, 100)),
      reason: 'letters, digits and . _ - are allowed.',
    });
  if (semver.validRange(tag) !== null)
    throw errors.AF_REGISTRY_TAG({ tag, reason: 'it reads like a version.' });
}

function tarballIn(name: string, version: string, attachments: JsonObject): Buffer {
  const tarballs = Object.entries(attachments).filter(([file]) => !file.endsWith('.sigstore'));
  const [found] = tarballs;
  if (!found || tarballs.length > 1) throw refuse('it must hold exactly one tarball');
  const attachment = objectOf(found[1]);
  const { data, length } = attachment;
  if (typeof data !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(data))
    throw refuse('its tarball is not written in base64');
  const tarball = Buffer.from(data, 'base64');
  if (length !== undefined && length !== tarball.length)
    throw errors.AF_REGISTRY_INTEGRITY({
      name,
      version,
      reason: `it has ${tarball.length} bytes and not ${JSON.stringify(length)}.`,
    });
  return tarball;
}

function checkSums(
  name: string,
  version: string,
  tarball: Buffer,
  integrity: string,
  dist: JsonObject,
): void {
  const announced = dist['integrity'];
  // A string of several hashes is separated by blanks; ours is the one that counts.
  if (typeof announced === 'string' && !announced.split(/\s+/).includes(integrity))
    throw errors.AF_REGISTRY_INTEGRITY({ name, version, reason: 'its sha512 is another.' });
  const shasum = dist['shasum'];
  if (typeof shasum === 'string' && shasum !== hash('sha1', tarball))
    throw errors.AF_REGISTRY_INTEGRITY({ name, version, reason: 'its shasum is another.' });
  if (typeof announced !== 'string' && typeof shasum !== 'string')
    throw errors.AF_REGISTRY_INTEGRITY({ name, version, reason: 'no hash of it was sent.' });
}

function tagIn(tags: JsonObject, version: string): string {
  const [found] = Object.entries(tags);
  if (!found) return usualTag;
  const [tag, target] = found;
  if (target !== version || Object.keys(tags).length > 1)
    throw refuse('"dist-tags" must name the version that is published, once');
  checkTag(tag);
  return tag;
}

function visibilityIn(access: Json | undefined): Publication['visibility'] {
  if (access === 'public' || access === 'restricted') return access;
  if (access === null || access === undefined) return undefined;
  throw refuse('"access" is public or restricted');
}

/** A bundle is kept for those who check it; here it only has to be about this tarball. */
function provenanceIn(attachments: JsonObject, tarball: Buffer): string | undefined {
  const [found] = Object.entries(attachments).filter(([file]) => file.endsWith('.sigstore'));
  if (!found) return undefined;
  const { data } = objectOf(found[1]);
  if (typeof data !== 'string' || data.length > mostProvenance)
    throw refuse('its provenance is no text of fair length');
  try {
    const bundle = objectOf(JSON.parse(data) as Json);
    const payload = textOf(objectOf(bundle['dsseEnvelope'])['payload']);
    const statement = objectOf(JSON.parse(Buffer.from(payload, 'base64').toString('utf8')) as Json);
    const subjects = statement['subject'];
    const digest = hash('sha512', tarball);
    const isOurs = (subject: Json): boolean => objectOf(objectOf(subject)['digest'])['sha512'] === digest;
    if (Array.isArray(subjects) && subjects.some(isOurs)) return data;
  } catch {
    // Told below, as when it is about something else.
  }
  throw refuse('its provenance is not about this tarball');
}

function refuse(reason: string): Error {
  return errors.AF_REGISTRY_REQUEST({ reason: `${reason}.` });
}
