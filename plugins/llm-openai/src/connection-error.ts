import type { AgentFactoryError } from '@agent-factory/sdk';
import { errors } from './errors.ts';

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

/** Whether a kept connection had been closed by the server in the meantime. */
export function isStale(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ECONNRESET' || error.code === 'EPIPE';
}

/** Says why a connection was lost; without an error, it was closed before the answer's end. */
export function lost(server: string, error?: NodeJS.ErrnoException): AgentFactoryError {
  if (!error) return errors.AF_LLM_OPENAI_CONNECTION({ server, reason: 'it was closed too early.' });
  if (error.code?.startsWith('HPE_')) {
    return errors.AF_LLM_OPENAI_BAD_RESPONSE({ server, reason: 'it is no HTTP.' }, { cause: error });
  }
  const reason = reasons[error.code ?? ''] ?? `${error.message || error.code || 'no reason was given'}.`;
  return errors.AF_LLM_OPENAI_CONNECTION({ server, reason }, { cause: error });
}
