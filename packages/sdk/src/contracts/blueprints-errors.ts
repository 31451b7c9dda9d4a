import { defineErrors, type ErrorFactories } from '../errors.ts';

/** Errors around blueprints. A code is never reused. */
export const errorTable = {
  AF_BLUEPRINT_UNKNOWN: {
    message: 'There is no blueprint named "{name}".',
    fix: 'There are: {known}. Add the plugin that holds it, with "agent-factory plugin add" or under "plugins".',
    status: 404,
  },
  AF_BLUEPRINT_INVALID: {
    message: 'The blueprint "{name}" has {count} problem(s) here:\n{list}',
    fix: 'Mend each line named; nothing was changed.',
    status: 400,
  },
  AF_BLUEPRINT_INSTALLED: {
    message: 'The blueprint "{name}" is installed already, in version {version}.',
    fix: 'Upgrade it, or remove it first.',
    status: 409,
  },
  AF_BLUEPRINT_NOT_INSTALLED: {
    message: 'The blueprint "{name}" is not installed.',
    fix: 'Installed are: {known}.',
    status: 404,
  },
  AF_BLUEPRINT_EDITED: {
    message: 'What "{name}" brought was changed here, and would be changed again: {parts}.',
    fix: 'Say what becomes of the changes: keep them, or overwrite them. A diff shows them.',
    status: 409,
  },
  AF_BLUEPRINT_BUSY: {
    message: 'Somebody else changed the blueprint "{name}" at the same time.',
    fix: 'Look at it again, and do it once more if it is still wanted.',
    status: 409,
    retryable: true,
  },
} as const;

/** Makes the errors of {@link errorTable}. */
export const blueprintErrors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
