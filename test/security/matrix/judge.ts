import { randomUUID } from 'node:crypto';
import { AuditLog, type AuditRecord } from '@agent-factory/sdk/contracts';
import { expected, withMeRead } from './expected.ts';
import { canary, roles, type Answer, type Credential, type MatrixPlatform } from './matrix-platform.ts';
import { isSafe, pathOf, type Operation } from './operations.ts';

/** What must come of a request: one of these codes, or anything but a refusal. */
type Verdict = { readonly status: number; readonly code: string } | 'let in';

/** One request of the matrix. */
export interface Question {
  readonly operation: Operation;
  /** Who asks, and how: `key of a viewer`. */
  readonly as: string;
  readonly credential: Credential | undefined;
  readonly headers?: Record<string, string>;
  readonly expects: Verdict;
}

const denied: Verdict = { status: 403, code: 'AF_ACCESS_DENIED' };
const unknown: Verdict = { status: 401, code: 'AF_ACCESS_CREDENTIAL_INVALID' };
const atOnce = 8;

/** Whether the hand-kept table lets a role in. */
function allows(role: string, { id }: Operation): boolean {
  const listed = expected[id] ?? '';
  return listed === 'public' || listed.split(' ').includes(role);
}

/** Each role with its key. */
export function askedByKeys(platform: MatrixPlatform, among: readonly string[] = roles): Question[] {
  return askedBy(platform, 'keys', among);
}

/** Each role with an access token. */
export function askedByTokens(platform: MatrixPlatform): Question[] {
  return askedBy(platform, 'tokens', roles);
}

function askedBy(
  platform: MatrixPlatform,
  kind: 'keys' | 'tokens' | 'sessions',
  among: readonly string[],
): Question[] {
  return platform.operations.flatMap((operation) =>
    among.map((role): Question => {
      const expects = allows(role, operation) ? 'let in' : denied;
      return { operation, as: `${kind} of ${role}`, credential: platform[kind].get(role), expects };
    }),
  );
}

/** Each role with its session: as it should be, without its token, and from a page of another site. */
export function askedBySessions(platform: MatrixPlatform): Question[] {
  const stolen = platform.operations.flatMap((operation) => {
    const isOpen = expected[operation.id] === 'public';
    const whole = platform.sessions.get('tenant-admin');
    if (isSafe(operation) || isOpen || !whole) return [];
    const bare = { headers: whole.headers };
    const csrf: Verdict = { status: 403, code: 'AF_SESSION_CSRF' };
    const crossSite: Verdict = { status: 403, code: 'AF_HTTP_CROSS_SITE' };
    return [
      { operation, as: 'session without its token', credential: bare, expects: csrf },
      {
        operation,
        as: 'session from another site',
        credential: whole,
        headers: { origin: 'https://evil.example' },
        expects: crossSite,
      },
    ];
  });
  return [...askedBy(platform, 'sessions', roles), ...stolen];
}

/** Nobody, those whose credential must not hold, a key that carries little, and those who ask for another tenant. */
export function askedByOthers(platform: MatrixPlatform): Question[] {
  const elsewhere: Verdict = { status: 403, code: 'AF_ACCESS_TENANT_REFUSED' };
  return platform.operations.flatMap((operation) => {
    const isOpen = expected[operation.id] === 'public';
    const unless = (verdict: Verdict): Verdict => (isOpen ? 'let in' : verdict);
    const headers = { 'x-tenant': 'globex' };
    return [
      {
        operation,
        as: 'nobody',
        credential: undefined,
        expects: unless({ status: 401, code: 'AF_ACCESS_NO_CREDENTIAL' }),
      },
      {
        operation,
        as: 'key that carries me:read',
        credential: platform.scoped,
        expects: withMeRead.has(operation.id) ? 'let in' : unless(denied),
      },
      ...[...platform.dead].map(([as, credential]): Question => ({
        operation,
        as,
        credential,
        expects: unless(unknown),
      })),
      ...(['keys', 'tokens', 'sessions'] as const).map((kind): Question => ({
        operation,
        as: `${kind} of a tenant-admin for another tenant`,
        credential: platform[kind].get('tenant-admin'),
        headers,
        expects: unless(elsewhere),
      })),
    ];
  });
}

/**
 * Asks, and tells what was not as it must be. Whoever is let in sends what no route takes, so that nothing comes of it;
 * whoever is not sends what would work.
 */
export async function judge(
  platform: MatrixPlatform,
  questions: readonly Question[],
  { audit = true }: { readonly audit?: boolean } = {},
): Promise<string[]> {
  const wrong: string[] = [];
  const refused = new Map<string, { readonly question: Question; readonly answer: Answer }>();
  const queue = questions.values();
  const work = async (): Promise<void> => {
    for (const question of queue) {
      const { operation, as, credential, headers, expects } = question;
      const id = randomUUID();
      const letIn = expects === 'let in';
      const path = pathOf(operation, letIn ? {} : platform.things.acme);
      const body = letIn ? { 'no such property': true } : operation.example;
      const answer = await platform.call(operation.method, path, credential, {
        ...(operation.hasBody && { body }),
        headers: { ...headers, 'x-request-id': id },
      });
      const { status, code = '', text } = answer;
      const got = `${operation.id} as ${as}: ${status} ${code}`;
      const isRefusal = /^AF_ACCESS_(NO|CRED|DENIED|TENANT)|^AF_HTTP_CROSS_SITE|^AF_SESSION_CSRF/.test(code);
      if (letIn ? isRefusal : status !== expects.status || code !== expects.code)
        wrong.push(`${got}, not ${letIn ? 'let in' : `${expects.status} ${expects.code}`}`);
      if (status >= 500) wrong.push(`${got} is nobody's business`);
      if (text.includes(canary)) wrong.push(`${got} tells of another tenant`);
      if (isRefusal) refused.set(id, { question, answer });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return audit ? [...wrong, ...(await notWritten(platform, refused))] : wrong;
}

/** Refusals that the audit log has not exactly once, as they were. */
async function notWritten(
  platform: MatrixPlatform,
  refused: ReadonlyMap<string, { readonly question: Question; readonly answer: Answer }>,
): Promise<string[]> {
  const entries = new Map<string, AuditRecord[]>();
  for (const tenant of ['acme', undefined])
    for await (const record of allOf(platform, tenant))
      entries.set(record.requestId, [...(entries.get(record.requestId) ?? []), record]);
  return [...refused].flatMap(([id, { question, answer }]) => {
    const { operation, as } = question;
    const found = (entries.get(id) ?? []).map(
      ({ action, permission, outcome, code }) => `${action} ${permission} ${outcome} ${code}`,
    );
    const wanted = `${operation.id} ${operation.permission} refused ${answer.code}`;
    if (found.length === 1 && found[0] === wanted) return [];
    return [`${operation.id} as ${as} is written down as [${found.join(', ')}], not once as ${wanted}`];
  });
}

async function* allOf({ kernel }: MatrixPlatform, tenant: string | undefined): AsyncGenerator<AuditRecord> {
  const chain = kernel.use(AuditLog).chain(tenant);
  let before: number | undefined;
  do {
    const page = await chain.list({ limit: 200, ...(before !== undefined && { before }) });
    yield* page;
    before = page.at(-1)?.seq;
  } while (before !== undefined && before > 1);
}
