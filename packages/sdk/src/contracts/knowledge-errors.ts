import { defineErrors, type ErrorFactories } from '../errors.ts';

/** Errors of knowledge bases. A code is never reused. */
export const errorTable = {
  AF_KNOWLEDGE_UNKNOWN: {
    message: 'There is no knowledge base "{name}" ({known}).',
    fix: 'Name one that is there, or add it to the configuration or by the API.',
    status: 404,
  },
  AF_KNOWLEDGE_INVALID: {
    message: 'The knowledge base "{name}" was not accepted: {reason}.',
    fix: '{mend}',
    status: 400,
  },
  AF_KNOWLEDGE_FIXED: {
    message: 'The knowledge base "{name}" belongs to the platform; only its configuration changes it.',
    fix: 'Use another name, or change the configuration.',
    status: 409,
  },
  AF_KNOWLEDGE_BUSY: {
    message: 'Documents of the knowledge base "{name}" are being taken in already, or it is being removed.',
    fix: 'Wait until that is done; if the process that did it died, it is free again after {ms} ms.',
    status: 409,
    retryable: true,
  },
  AF_KNOWLEDGE_EMBEDDER: {
    message: 'Texts for the knowledge base "{name}" could not be embedded by "{model}": {reason}',
    fix: 'Mend it and ingest again: what is done is kept. Or search by words.',
    status: 502,
    retryable: true,
  },
  AF_KNOWLEDGE_QUERY_INVALID: {
    message: 'Knowledge cannot be searched like that: {reason}.',
    fix: 'Name at least one base, a text with a character, and a limit from 1 to 50.',
    status: 400,
  },
} as const;

/** Makes the errors of {@link errorTable}. */
export const knowledgeErrors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
