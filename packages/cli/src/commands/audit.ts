import { readFileSync } from 'node:fs';
import {
  AuditLog,
  everyTenant,
  TenantStorage,
  type AuditQuery,
  type AuditRecord,
  type AuditVerdict,
} from '@agent-factory/sdk/contracts';
import type { CommonOptions } from '../boot.ts';
import { errors } from '../errors.ts';
import { paint, print, table } from '../terminal.ts';
import { withStorage, type StoragePlatform } from '../with-storage.ts';

const mostListed = 200;

/** Options of `audit list`. */
export interface AuditListOptions extends Omit<AuditQuery, 'limit'> {
  readonly tenant?: string;
  readonly limit?: string;
  readonly json?: boolean;
}

/** Options of `audit verify`. */
export interface AuditVerifyOptions {
  readonly tenant?: string;
  /** File with what an earlier `audit verify --json` printed. */
  readonly heads?: string;
  readonly json?: boolean;
}

/** A chain as it was found; `tenant` is left out for that of the platform. */
type VerifiedChain = { readonly tenant?: string } & AuditVerdict;

/** `agent-factory audit list`: the newest entries of a chain. */
export async function listAudit(options: CommonOptions & AuditListOptions): Promise<void> {
  const { tenant, limit, who, action, outcome } = options;
  const query: AuditQuery = {
    ...(limit !== undefined && { limit: wholeNumber(limit) }),
    ...(who !== undefined && { who }),
    ...(action !== undefined && { action }),
    ...(outcome !== undefined && { outcome }),
  };
  const entries = await withAudit(options, ({ use }) => use(AuditLog).chain(tenant).list(query));
  if (options.json) return print(JSON.stringify(entries, null, 2));
  if (entries.length === 0) return print('There are no such entries.');
  for (const line of table([['ENTRY', 'WHEN', 'WHO', 'ACTION', 'OUTCOME', 'TARGET'], ...entries.map(rowOf)]))
    print(line);
}

/** `agent-factory audit verify`: whether every chain is whole. */
export async function verifyAudit(options: CommonOptions & AuditVerifyOptions): Promise<boolean> {
  const heads = options.heads === undefined ? new Map<string, Head>() : readHeads(options.heads);
  const chains = await withAudit(options, (platform) => verifyAll(platform, options.tenant, heads));
  if (options.json) print(JSON.stringify(chains, null, 2));
  else for (const chain of chains) print(sentenceOf(chain));
  return chains.every(({ whole }) => whole);
}

async function verifyAll(
  { use }: StoragePlatform,
  tenant: string | undefined,
  heads: ReadonlyMap<string, Head>,
): Promise<readonly VerifiedChain[]> {
  const audit = use(AuditLog);
  const found: VerifiedChain[] = [];
  if (tenant === undefined) found.push(await audit.chain().verify(heads.get('')));
  for await (const one of tenant === undefined ? everyTenant(use(TenantStorage)) : [tenant])
    found.push({ tenant: one, ...(await audit.chain(one).verify(heads.get(one))) });
  return found;
}

function withAudit<T>(options: CommonOptions, job: (platform: StoragePlatform) => Promise<T>): Promise<T> {
  return withStorage(options, job, [AuditLog]);
}

interface Head {
  readonly seq: number;
  readonly hash: string;
}

/** Heads by tenant, that of the platform by the empty text; chains that were empty have none. */
function readHeads(file: string): ReadonlyMap<string, Head> {
  try {
    const chains = JSON.parse(readFileSync(file, 'utf8')) as readonly VerifiedChain[]; // its shape is looked at below
    return new Map(
      chains.flatMap(({ tenant, ...chain }) => {
        if (!chain.whole || !/^[0-9a-f]{64}$/.test(chain.head))
          throw new Error('not every chain in it has a head');
        return chain.entries > 0 ? [[tenant ?? '', { seq: chain.entries, hash: chain.head }] as const] : [];
      }),
    );
  } catch (error) {
    throw errors.AF_CLI_AUDIT_HEADS({ file, reason: (error as Error).message }, { cause: error }); // whatever it is
  }
}

function sentenceOf(chain: VerifiedChain): string {
  const whose = chain.tenant === undefined ? 'the platform' : `tenant ${chain.tenant}`;
  if (!chain.whole) return `${paint('red', '✗')} ${whose}: ${chain.reason}`;
  return `${paint('green', '✓')} ${whose}: ${chain.entries} entries, head ${chain.head}`;
}

function rowOf({ seq, at, who, action, outcome, code, target }: AuditRecord): string[] {
  return [
    String(seq),
    new Date(at).toISOString(),
    who,
    action,
    code === undefined ? outcome : `${outcome} (${code})`,
    target,
  ];
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > mostListed) {
    const mend = `Give a whole number from 1 to ${mostListed}.`;
    throw errors.AF_CLI_INPUT_INVALID({ what: '--limit', reason: `"${text}" is no such number`, mend });
  }
  return number;
}
