import { resolveTxt } from 'node:dns/promises';
import { createOutbound, type Outbound } from '@agent-factory/sdk/outbound';
import type { ProofRow } from '../store/community.ts';

/** How what publishers say of themselves is looked up. */
export interface PublisherProofOptions {
  /** Hosts (`host` or `host:port`) that may be asked though they are private, also without TLS. Default none. */
  readonly privateHosts?: readonly string[];
  /**
   * Where the file of a repository is read, by its host: `{path}` is the path of the repository, `{file}` the file.
   * Default: GitHub, GitLab and Codeberg.
   */
  readonly repositoryHosts?: Readonly<Record<string, string>>;
  /** Finds the TXT records of a name. Default: the system's resolver. */
  readonly resolveTxt?: (name: string) => Promise<string[][]>;
}

/** Looks whether what a publisher says is so. */
export interface PublisherProofs {
  /** Where the challenge must stand, in words. */
  instructions(proof: Pick<ProofRow, 'kind' | 'value' | 'challenge'>): readonly string[];
  /** `undefined` when the challenge was found; else why not. */
  check(
    proof: Pick<ProofRow, 'kind' | 'value' | 'challenge'>,
    signal: AbortSignal,
  ): Promise<string | undefined>;
  /** A value as it is kept, or `undefined` when it is none of its kind. */
  normalised(kind: ProofRow['kind'], value: string): string | undefined;
}

const wellKnown = '/.well-known/agent-factory-publisher.txt';
const inRepository = '.agent-factory-publisher';
const timeoutMs = 10_000;
const maxBytes = 16 * 1024;

const knownHosts: Readonly<Record<string, string>> = {
  'github.com': 'https://raw.githubusercontent.com{path}/HEAD/{file}',
  'gitlab.com': 'https://gitlab.com{path}/-/raw/HEAD/{file}',
  'codeberg.org': 'https://codeberg.org{path}/raw/HEAD/{file}',
};

/** The word that must be found, in a line of its own or in a TXT record. */
function word(challenge: string): string {
  return `agent-factory-publisher=${challenge}`;
}

/** Makes the checks; requests reach public addresses and listed hosts alone. */
export function createPublisherProofs(options: PublisherProofOptions = {}): PublisherProofs {
  const { privateHosts = [], repositoryHosts = knownHosts, resolveTxt: resolve = resolveTxt } = options;
  const outbound = createOutbound({
    allowHosts: privateHosts,
    settings: { hosts: '"publisherProofs.privateHosts" of the registry', time: 'nothing' },
  });

  function fileOf({ kind, value }: Pick<ProofRow, 'kind' | 'value'>): URL | undefined {
    if (kind === 'domain') {
      const scheme = privateHosts.includes(value) ? 'http' : 'https';
      return new URL(`${scheme}://${value}${wellKnown}`);
    }
    const repository = new URL(value);
    const template = repositoryHosts[repository.host];
    if (template === undefined) return undefined;
    const path = repository.pathname.replace(/(\.git)?\/?$/, '');
    return new URL(template.replace('{path}', () => path).replace('{file}', inRepository));
  }

  return {
    instructions(proof) {
      const file = fileOf(proof);
      const text = word(proof.challenge);
      const ways = file ? [`Put the line "${text}" into a file that is read at ${file.href}.`] : [];
      if (proof.kind === 'domain')
        ways.push(`Or add a TXT record with the text "${text}" to _agent-factory.${proof.value}.`);
      return ways;
    },
    async check(proof, signal) {
      const wanted = word(proof.challenge);
      const file = fileOf(proof);
      const problems: string[] = [];
      if (file) {
        const found = await linesAt(outbound, file, signal);
        if (typeof found === 'string') problems.push(found);
        else if (found.includes(wanted)) return undefined;
        else problems.push(`${file.href} does not hold the line`);
      }
      if (proof.kind === 'domain') {
        const records = await resolve(`_agent-factory.${proof.value}`).catch(() => []);
        if (records.some((parts) => parts.join('') === wanted)) return undefined;
        problems.push(`_agent-factory.${proof.value} has no TXT record with the text`);
      }
      return problems.join(', and ') || 'there is no way to look at that host';
    },
    normalised(kind, value) {
      const text = value.trim().toLowerCase();
      if (kind === 'domain') {
        const isName = /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/.test(text);
        return isName || privateHosts.includes(text) ? text : undefined;
      }
      const url = URL.canParse(value.trim()) ? new URL(value.trim()) : undefined;
      const isRepository =
        url?.protocol === 'https:' &&
        repositoryHosts[url.host] !== undefined &&
        /^\/[^/]+\/[^/]+/.test(url.pathname);
      return isRepository ? `https://${url.host}${url.pathname.replace(/(\.git)?\/?$/, '')}` : undefined;
    },
  };
}

async function linesAt(outbound: Outbound, url: URL, signal: AbortSignal): Promise<string[] | string> {
  try {
    const { status, body } = await outbound.request({ url, timeoutMs, maxBytes, signal });
    if (status !== 200) return `${url.href} answered ${status}`;
    return Buffer.from(body)
      .toString('utf8')
      .split(/\r?\n/)
      .map((line) => line.trim());
  } catch (error) {
    return `${url.href} cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}
