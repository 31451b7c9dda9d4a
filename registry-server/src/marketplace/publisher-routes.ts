import { randomBytes } from 'node:crypto';
import { errors } from '../errors.ts';
import { findAccount } from '../store/accounts.ts';
import { addProof, proofsOf, removeProof, setProofVerified, type ProofRow } from '../store/community.ts';
import { memberRole, orgExists } from '../store/orgs.ts';
import { recordAudit } from '../store/records.ts';
import { nowOf, type Registry } from '../app/registry.ts';
import { smallBody, type AccountCall, type Call, type Reply, type Route } from '../app/route.ts';
import { fields, oneOf, text } from '../protocol/body-fields.ts';

const base = '/-/af/v1/publishers/:publisher';
/** Domains and repositories one publisher may name. */
const mostProofs = 20;

/** Who publishes under a scope, and what shows that they are who they say. */
export const publisherRoutes: readonly Route[] = [
  { method: 'GET', path: base, access: 'public', handler: showPublisher },
  { method: 'POST', path: `${base}/proofs`, access: 'change', body: smallBody, handler: askProof },
  { method: 'POST', path: `${base}/proofs/check`, access: 'change', body: smallBody, handler: checkProof },
  { method: 'POST', path: `${base}/proofs/remove`, access: 'change', body: smallBody, handler: dropProof },
];

/** What is known of a publisher. @throws AF_REGISTRY_THING_UNKNOWN */
export async function publisherOf(
  { database }: Registry,
  name: string,
): Promise<{ readonly kind: 'organisation' | 'account'; readonly verified: readonly ProofRow[] }> {
  const kind = (await orgExists(database, name))
    ? 'organisation'
    : (await findAccount(database, name))
      ? 'account'
      : undefined;
  if (!kind) throw errors.AF_REGISTRY_THING_UNKNOWN({ kind: 'publisher', name: name.slice(0, 100) });
  return { kind, verified: (await proofsOf(database, name)).filter(({ verified }) => verified !== null) };
}

async function showPublisher({ registry, params }: Call): Promise<Reply> {
  const { publisher = '' } = params;
  const { kind, verified } = await publisherOf(registry, publisher);
  const proofs = verified.map((proof) => ({
    kind: proof.kind,
    value: proof.value,
    verified: proof.verified,
  }));
  return { body: { name: publisher, kind, proofs } };
}

async function askProof(call: AccountCall): Promise<Reply> {
  const { registry } = call;
  const { publisher, kind, value } = await namedProof(call);
  const known = await proofsOf(registry.database, publisher);
  if (known.length >= mostProofs)
    throw errors.AF_REGISTRY_REQUEST({ reason: `a publisher names at most ${mostProofs} places.` });
  const challenge = randomBytes(18).toString('base64url');
  await registry.database.write((sql) =>
    addProof(sql, { publisher, kind, value, challenge, created: nowOf(registry) }),
  );
  const proof = await requireProof(registry, { publisher, kind, value });
  return {
    status: 201,
    body: { kind, value, challenge: proof.challenge, how: registry.proofs.instructions(proof) },
  };
}

async function checkProof(call: AccountCall): Promise<Reply> {
  const { registry, caller } = call;
  const proof = await requireProof(registry, await namedProof(call));
  const problem = await registry.proofs.check(proof, AbortSignal.timeout(20_000));
  const verified = problem === undefined ? nowOf(registry) : null;
  await registry.database.write(async (sql) => {
    await setProofVerified(sql, proof, verified);
    await recordAudit(sql, {
      at: nowOf(registry),
      actor: caller.account.name,
      action: verified === null ? 'publisher.unproven' : 'publisher.proven',
      subject: proof.publisher,
      detail: { kind: proof.kind, value: proof.value },
    });
  });
  if (problem !== undefined) {
    const how = registry.proofs.instructions(proof).join(' ');
    throw errors.AF_REGISTRY_PROOF_MISSING({ value: proof.value, reason: problem, how });
  }
  return { body: { ok: true, kind: proof.kind, value: proof.value, verified } };
}

async function dropProof(call: AccountCall): Promise<Reply> {
  const { registry } = call;
  const named = await namedProof(call);
  await requireProof(registry, named);
  await registry.database.write((sql) => removeProof(sql, named));
  return { body: { ok: true } };
}

/** What the body names, of a publisher the caller speaks for. */
async function namedProof({
  registry,
  caller,
  params,
  body,
}: AccountCall): Promise<Pick<ProofRow, 'publisher' | 'kind' | 'value'>> {
  const { publisher = '' } = params;
  await publisherOf(registry, publisher);
  const account = caller.account.name;
  const role = account === publisher ? 'owner' : await memberRole(registry.database, publisher, account);
  if (role !== 'owner' && caller.account.role !== 'admin') {
    const reason = 'only owners of it speak for a publisher.';
    throw errors.AF_REGISTRY_FORBIDDEN({ account, action: 'change', subject: publisher, reason });
  }
  const sent = fields(body);
  const kind = oneOf(sent, 'kind', ['domain', 'repository']);
  const value = registry.proofs.normalised(kind, text(sent, 'value').slice(0, 500));
  if (value === undefined) {
    const form =
      kind === 'domain' ? 'a domain name: example.com' : 'the https address of a repository at a known host';
    throw errors.AF_REGISTRY_REQUEST({ reason: `"value" must be ${form}.` });
  }
  return { publisher, kind, value };
}

async function requireProof(
  { database }: Registry,
  { publisher, kind, value }: Pick<ProofRow, 'publisher' | 'kind' | 'value'>,
): Promise<ProofRow> {
  const found = (await proofsOf(database, publisher)).find((one) => one.kind === kind && one.value === value);
  if (!found) throw errors.AF_REGISTRY_THING_UNKNOWN({ kind: `${kind} named by ${publisher}:`, name: value });
  return found;
}
