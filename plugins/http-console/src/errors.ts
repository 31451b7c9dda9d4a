import { defineErrors, type ErrorFactories } from '@agent-factory/sdk';

/** Every error of this plugin. */
export const errorTable = {
  AF_CONSOLE_PAGE_UNKNOWN: {
    message: 'There is no page "{page}" of the plugin "{plugin}" here for you.',
    fix: 'Look at /console for the pages there are.',
    status: 404,
  },
  AF_CONSOLE_NO_FORM: {
    message: 'The page "{page}" of {plugin} takes no forms.',
    fix: 'Send what a form of the page asks for, to the page it is in.',
    status: 404,
  },
  AF_CONSOLE_NO_FRAME: {
    message: 'The page "{page}" of {plugin} has no frame, or none that takes messages.',
    fix: 'Look at the page itself.',
    status: 404,
  },
  AF_CONSOLE_FRAME_ALONE: {
    message: 'The frame of the page "{page}" of {plugin} is shown within that page alone.',
    fix: 'Open /console/{plugin}/{page}.',
    status: 403,
  },
  AF_CONSOLE_MESSAGE_TOO_LARGE: {
    message: 'The message has {bytes} bytes, more than the {limit} it may have.',
    fix: 'Send less at once.',
    status: 413,
  },
  /** Said to a frame by the page around it, as is the next. */
  AF_CONSOLE_BUSY: {
    message: 'Messages of the frame are under way.',
    fix: 'Wait for their answers.',
    status: 429,
  },
  AF_CONSOLE_MESSAGE_FAILED: {
    message: 'The message is no JSON, or the platform was not reached.',
    fix: 'Send JSON, or send it again later.',
    status: 400,
  },
  AF_CONSOLE_ANSWER_INVALID: {
    message: 'The plugin {plugin} gave what the page "{page}" cannot show: {problems}.',
    fix: 'Report it to the author of the plugin.',
    status: 502,
  },
} as const;

/** Makes this plugin's errors. */
export const errors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
