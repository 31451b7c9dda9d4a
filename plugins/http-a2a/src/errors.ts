import { defineErrors, type ErrorFactories } from '@agent-factory/sdk';

/** Every error of this plugin; what the protocol calls them stands in rpc/rpc-error.ts. */
export const errorTable = {
  AF_A2A_AGENT_UNKNOWN: {
    message: 'There is no agent "{agent}" here for you.',
    fix: 'Use the url of a card as it came. The operator chooses in the configuration of http-a2a which agents there are.',
    status: 404,
  },
  AF_A2A_NO_CARD: {
    message: 'No agent is named to be found at the well-known path.',
    fix: 'Ask for the card of an agent: /a2a/<name>/.well-known/agent-card.json; or name one first in "agents" of http-a2a.',
    status: 404,
  },
  AF_A2A_VERSION: {
    message: 'The version "{version}" of the Agent2Agent protocol is not spoken here.',
    fix: 'Send the header "A2A-Version: 1.0"; without one a request means 0.3.',
    status: 400,
  },
  AF_A2A_REQUEST: {
    message: 'The body is no request of JSON-RPC 2.0: {reason}.',
    fix: 'Send one object with "jsonrpc": "2.0", a "method", its "params", and a text or whole number as "id".',
    status: 400,
  },
  AF_A2A_METHOD_UNKNOWN: {
    message: 'The protocol has no method "{method}".',
    fix: 'Use one of: {known}.',
    status: 404,
  },
  AF_A2A_PARAMS: {
    message: 'The params do not fit the method: {list}.',
    fix: 'Change what is named; the protocol says what the method takes.',
    status: 400,
  },
  AF_A2A_TASK_UNKNOWN: {
    message: 'There is no task "{task}" of yours with this agent.',
    fix: 'Use the id of a task as it came; ListTasks has yours.',
    status: 404,
  },
  AF_A2A_NOT_CANCELABLE: {
    message: 'The task {task} cannot be cancelled: it has ended as {state}.',
    fix: 'Look at it by GetTask.',
    status: 409,
  },
  AF_A2A_NO_PUSH: {
    message: 'Nobody is told of tasks by push notifications here.',
    fix: 'Follow the task by SubscribeToTask, or ask for it by GetTask.',
    status: 400,
  },
  AF_A2A_UNSUPPORTED: {
    message: '{what} is not supported: {reason}.',
    fix: '{mend}',
    status: 400,
  },
  AF_A2A_CONTENT: {
    message: 'An agent takes no part of the type "{type}".',
    fix: 'Send text, data, or images (png, jpeg, gif, webp) with their mediaType.',
    status: 415,
  },
  AF_A2A_ANSWER: {
    message: 'The task waits, and the message is no answer to it: {reason}.',
    fix: 'Send the word approved or rejected to a question, a text to anything else; or a data part as the message of the status says.',
    status: 400,
  },
} as const;

/** Makes this plugin's errors. */
export const errors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
