import type { AgentFactoryError } from '@agent-factory/sdk';
import { modelErrors } from '@agent-factory/sdk/contracts';

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there.',
  ECONNRESET: 'it was cut off.',
  EHOSTUNREACH: 'the host cannot be reached.',
  ENETUNREACH: 'the network cannot be reached.',
  ENOTFOUND: 'the name of the host is not known.',
  EAI_AGAIN: 'the name of the host could not be looked up.',
  EPIPE: 'it was cut off.',
  ETIMEDOUT: 'the host did not answer.',
};

/** Codes of Node and OpenSSL for a certificate that does not hold, or a server that speaks no TLS. */
const tls = /CERT|^ERR_(?:TLS|SSL)|SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET)|^EPROTO$|CRL/;

/** Whether a kept connection had been closed by the server in the meantime. */
export function isStale(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ECONNRESET' || error.code === 'EPIPE';
}

/** Says why a connection was lost before an answer; without an error, it was closed. */
export function lost(server: string, error?: NodeJS.ErrnoException): AgentFactoryError {
  if (!error) return modelErrors.AF_MODEL_CONNECTION({ server, reason: 'it was closed too early.' });
  const code = error.code ?? '';
  if (code.startsWith('HPE_')) {
    return modelErrors.AF_MODEL_RESPONSE_INVALID({ server, reason: 'it is no HTTP.' }, { cause: error });
  }
  if (tls.test(code)) {
    return modelErrors.AF_MODEL_TLS({ server, reason: said(error) }, { cause: error });
  }
  return modelErrors.AF_MODEL_CONNECTION({ server, reason: reasons[code] ?? said(error) }, { cause: error });
}

/** Says why a connection was lost in the middle of an answer. */
export function brokenOff(server: string, error?: NodeJS.ErrnoException): AgentFactoryError {
  if (error?.code?.startsWith('HPE_')) return lost(server, error);
  const reason = error ? (reasons[error.code ?? ''] ?? said(error)) : 'it ended before the answer did.';
  return modelErrors.AF_MODEL_STREAM_BROKEN({ server, reason }, error && { cause: error });
}

function said(error: NodeJS.ErrnoException): string {
  const code = error.code && !error.message.includes(error.code) ? ` (${error.code})` : '';
  return `${error.message.replace(/\.$/, '') || 'no reason was given'}${code}.`;
}
