import type { JsonObject } from '@agent-factory/sdk';
import {
  secretFor,
  type ArtifactStore,
  type SecretStore,
  type Tool,
  type ToolCallContext,
} from '@agent-factory/sdk/contracts';
import type { Outbound } from '@agent-factory/sdk/outbound';
import { buildRequest, isOwnHeader } from './build-request.ts';
import { errors } from './errors.ts';
import type { Operation } from './operation.ts';
import { readAnswer } from './read-answer.ts';

/** What calls of operations need. */
export interface CallParts {
  readonly outbound: Outbound;
  readonly secrets: SecretStore | undefined;
  readonly artifacts: ArtifactStore | undefined;
  readonly maxResponseBytes: number;
}

/** An operation as a tool. Calls end when `closed` aborts. */
export function operationTool(
  operation: Operation,
  { outbound, secrets, artifacts, maxResponseBytes }: CallParts,
  closed: AbortSignal,
): Tool {
  const { name, description, input, output, effect, timeoutMs, retry, credentials } = operation;
  const needed = [...new Set(credentials.map(({ secret }) => secret))];
  return {
    name,
    description,
    input,
    ...(output && { output }),
    effect,
    ...(retry && { retry }),
    ...(needed.length > 0 && { secrets: needed }),
    timeoutMs: timeoutMs + 1_000, // the request's own time-out says more than the runtime's
    async run(given, context) {
      const { sent, ...request } = await authorised(operation, given, secrets, context);
      const answer = await outbound.request({
        ...request,
        method: operation.method,
        timeoutMs,
        maxBytes: maxResponseBytes,
        signal: AbortSignal.any([context.signal, closed]),
      });
      return readAnswer(operation, { ...answer, body: redacted(answer.body, sent) }, context, artifacts);
    },
  };
}

interface AuthorisedRequest extends ReturnType<typeof buildRequest> {
  readonly secretHeaders: readonly string[];
  readonly hideQuery: boolean;
  /** The secrets as they were sent. */
  readonly sent: readonly string[];
}

async function authorised(
  operation: Operation,
  input: JsonObject,
  secrets: SecretStore | undefined,
  { tenant, idempotencyKey }: ToolCallContext,
): Promise<AuthorisedRequest> {
  const { url, headers: plain, body } = buildRequest(operation, input);
  const headers: Record<string, string> = { ...plain };
  const { idempotencyHeader, credentials, name: tool } = operation;
  if (idempotencyHeader !== undefined) headers[idempotencyHeader.toLowerCase()] = idempotencyKey;
  const secretHeaders: string[] = [];
  const sent: string[] = [];
  let hideQuery = false;
  for (const credential of credentials) {
    const secret = await secretFor(secrets, { tenant, name: credential.secret, url });
    if (/[\r\n\0]/.test(secret)) {
      const reason = `the secret "${credential.secret}" holds a line break`;
      throw errors.AF_TOOLS_OPENAPI_INPUT({ tool, reason, mend: 'Have the operator write it anew.' });
    }
    const text = valueOf(credential, secret);
    sent.push(secret, text);
    const header = credential.name.toLowerCase();
    if (credential.in === 'query') {
      url.searchParams.set(credential.name, text);
      hideQuery = true;
    } else if (credential.in === 'cookie') {
      const cookie = `${credential.name}=${encodeURIComponent(text)}`;
      headers['cookie'] = headers['cookie'] === undefined ? cookie : `${headers['cookie']}; ${cookie}`;
    } else if (isOwnHeader(header)) {
      headers[header] = text;
      secretHeaders.push(header);
    }
  }
  return { url, headers, ...(body && { body }), secretHeaders, hideQuery, sent };
}

/** Servers that answer with what they were sent must not bring a secret into a journal. Shorter ones are no secrets. */
const shortestSecret = 6;

function redacted(body: Uint8Array, sent: readonly string[]): Uint8Array {
  let shown = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  for (const secret of new Set(sent)) {
    if (secret.length < shortestSecret || !shown.includes(secret)) continue;
    // Byte by byte as latin1, so that what is no text stays as it is.
    const wanted = Buffer.from(secret).toString('latin1');
    shown = Buffer.from(shown.toString('latin1').replaceAll(wanted, '[redacted]'), 'latin1');
  }
  return shown;
}

function valueOf({ as, username }: Operation['credentials'][number], secret: string): string {
  if (as === 'bearer') return `Bearer ${secret}`;
  if (as === 'plain') return secret;
  return `Basic ${Buffer.from(username === undefined ? secret : `${username}:${secret}`).toString('base64')}`;
}
