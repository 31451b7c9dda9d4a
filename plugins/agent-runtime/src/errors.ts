import { defineErrors, type ErrorFactories } from '@agent-factory/sdk';
import { forkErrorTable } from './fork/fork-error-table.ts';
import { replayErrorTable } from './replay/replay-error-table.ts';
import { workflowErrorTable } from './workflow/workflow-error-table.ts';

const ownErrors = {
  AF_AGENT_INVALID: {
    message: 'The agents have {count} problem(s):\n{list}',
    fix: 'Mend each line named; no agent was loaded.',
  },
  AF_DEFINITION_INVALID: {
    message: 'The {kind} has {count} problem(s):\n{list}',
    fix: 'Mend each line named; nothing was changed.',
    status: 400,
  },
  AF_DEFINITION_FIXED: {
    message: 'The {kind} "{name}" comes from the configuration, a file or a plugin, and is for all tenants.',
    fix: 'Change it where it comes from, or use another name.',
    status: 409,
  },
  AF_DEFINITION_CHANGED: {
    message: 'The {what} is not at {expected}, but at {found}.',
    fix: 'Read it again, and make the change on what is there now.',
    status: 409,
  },
  AF_DEFINITION_UNMATCHED: {
    message:
      'The {kind} "{name}" {found}, which is not what "if-match" or "if-none-match" of the request asks for.',
    fix: 'Read it again, and make the change on what is there now, with the "etag" it has.',
    status: 412,
  },
  AF_DEFINITION_REVISION_UNKNOWN: {
    message: 'The {kind} "{name}" has no revision {revision} that can be shown.',
    fix: 'Take one of its list of revisions that was not a removal.',
    status: 404,
  },
  AF_AGENT_UNKNOWN: {
    message: 'There is no agent named "{agent}".',
    fix: '{mend}',
    status: 404,
  },
  AF_AGENT_NO_MODEL: {
    message: 'No model of agent "{agent}" can answer: {reasons}.',
    fix: 'Set the key of a provider named, add its plugin, or add a model that is available to the agent.',
    status: 503,
  },
  AF_AGENT_AMBIGUOUS: {
    message: 'The {kind} "{name}" is offered by two plugins: {first} and {second}.',
    fix: 'Take one of the two out of the configuration, or rename what it offers.',
  },
  AF_RUN_JOBS_MISSING: {
    message: 'In the role "{role}" runs go from process to process as jobs, and no plugin provides jobs.',
    fix: 'Add a jobs plugin to "plugins", such as @agent-factory/plugin-jobs-local, or start with the role "all".',
  },
  AF_RUN_NOT_FOUND: {
    message: 'There is no run with the id "{run}".',
    fix: 'Check the id; GET /api/v1/runs lists the runs there are.',
    status: 404,
  },
  AF_RUN_INPUT_INVALID: {
    message: 'The run was not started: {reason}.',
    fix: 'Give a question as text, or a conversation that ends with a message of the user.',
    status: 400,
  },
  AF_RUN_LIMIT_INVALID: {
    message: 'The limit "{limit}" is {value}, and must be {expected}.',
    fix: "Give a tighter limit than the agent's own, or leave it out.",
    status: 400,
  },
  AF_RUN_PROVIDER_REFUSED: {
    message: 'The tenant may not ask models of the provider "{provider}"; it may ask those of: {allowed}.',
    fix: 'Give the agent a model of another provider, or have the operator change the setting "agent-runtime.modelProviders".',
    status: 403,
  },
  AF_RUN_LIMIT_TURNS: {
    message: 'The run used all of its {max} turns without an answer.',
    fix: 'Raise "turns" in the agent\'s limits, or make its instructions say when to stop.',
  },
  AF_RUN_LIMIT_TOKENS: {
    message: 'The run used {used} tokens, and may use {max}.',
    fix: 'Raise "tokens" in the agent\'s limits, or ask for less.',
  },
  AF_RUN_LIMIT_TOOL_CALLS: {
    message: 'The model asked for tool call number {wanted}, and the run may make {max}.',
    fix: 'Raise "toolCalls" in the agent\'s limits, or make its instructions say when to stop.',
  },
  AF_RUN_LIMIT_TIME: {
    message: 'The run did not finish within {max} ms.',
    fix: 'Raise "timeMs" in the agent\'s limits, or find what is slow in the run\'s events.',
    retryable: true,
  },
  AF_RUN_LIMIT_COST: {
    message: 'The run cost {spent} US dollars, and may cost {max}.',
    fix: 'Raise "costUsd" in the limits, or use a cheaper model.',
  },
  AF_RUN_COST_UNKNOWN: {
    message: 'The run may cost only so much, and {calls} of its model calls have no known price.',
    fix: 'Add the price of the model to the configuration of the plugin that knows prices, or take "costUsd" out of the limits.',
  },
  AF_RUN_LIMIT_HANDOFFS: {
    message: 'The run was handed over {max} times, and may be no more.',
    fix: 'Look for agents that hand the conversation to one another; make their instructions or conditions say who settles what.',
  },
  AF_RUN_OUTPUT_INVALID: {
    message: 'The answer does not fit the schema of the output, also after it was told so: {problems}.',
    fix: 'Make the schema or the instructions clearer, or use a model that is held to schemas.',
  },
  AF_RUN_NO_MEMORY: {
    message: 'The agent remembers conversations, and no plugin keeps them any more.',
    fix: 'Add a memory plugin to "plugins", such as @agent-factory/plugin-memory-sql.',
  },
  AF_RUN_NO_KNOWLEDGE: {
    message: 'The agent searches knowledge bases, and no plugin keeps them any more.',
    fix: 'Add a knowledge plugin to "plugins", such as @agent-factory/plugin-knowledge-vector.',
  },
  AF_RUN_NO_WORKING_MEMORY: {
    message: 'The agent keeps something in mind, and no plugin keeps working memories any more.',
    fix: 'Add a plugin that does to "plugins", such as @agent-factory/plugin-memory-sql.',
  },
  AF_RUN_NO_SEMANTIC_MEMORY: {
    message: 'The agent remembers what was said, and no plugin does that any more.',
    fix: 'Add a plugin that does to "plugins", such as @agent-factory/plugin-memory-vector.',
  },
  AF_RUN_NO_OWNER: {
    message: 'The agent remembers by {scope}, and the run names none.',
    fix: 'Start the run with a `{scope}`.',
  },
  AF_RUN_SUMMARY_FAILED: {
    message: 'The conversation could not be summed up: {reason}.',
    fix: 'Nothing is to be done; it is tried again after the next run of the conversation.',
    retryable: true,
  },
  AF_RUN_ENDED: {
    message: 'The run {run} has ended: it is {status}.',
    fix: 'Start a new run.',
    status: 409,
  },
  AF_RUN_KIND_UNKNOWN: {
    message: 'Nothing here executes a {kind}.',
    fix: 'Run an agent, or use a version of the platform that executes it.',
    status: 400,
  },
  AF_RUN_DEFINITION_LOST: {
    message: 'The run cannot go on: the {kind} "{name}" it began with is not kept.',
    fix: 'Start a new run. Restore the tables of agent-runtime together with those of the journal.',
  },
  AF_RUN_TOO_DEEP: {
    message: '"{name}" is not started: runs may start one another at most {max} times in a row.',
    fix: 'Look for agents that use one another in a circle.',
  },
  AF_RUN_CHILD_CANCELLED: {
    message: 'The run {run} that worked on it was cancelled.',
    fix: 'Look at the events of that run for the reason, or go on without its result.',
  },
  AF_HANDOFF_SECOND: {
    message: '"{tool}" was not followed: the answer hands over by "{first}" already, and only one can go on.',
    fix: 'Hand over to one agent at a time.',
  },
  AF_APPROVAL_UNKNOWN: {
    message: 'The run {run} has asked for no approval "{approval}".',
    fix: 'Take the id from "waitingFor" of the run, or from its event approval.requested.',
    status: 404,
  },
  AF_APPROVAL_RESOLVED: {
    message: 'The approval "{approval}" of run {run} was answered before: {outcome}.',
    fix: 'Nothing is to be done; an answer holds once.',
    status: 409,
  },
  AF_APPROVAL_INPUT: {
    message: 'The answer to "{approval}" changes an input, and only an approved tool call has one.',
    fix: 'Leave "input" out, or approve.',
    status: 400,
  },
  AF_DECISION_UNKNOWN: {
    message: 'The run {run} does not ask what became of the call "{call}".',
    fix: 'Take the id of the call from "waitingFor" of the run.',
    status: 404,
  },
  AF_DECISION_RESOLVED: {
    message: 'What became of the call "{call}" of run {run} was said before: {outcome}.',
    fix: 'Nothing is to be done; a decision holds once.',
    status: 409,
  },
  AF_RUN_ANSWER_FILTERED: {
    message: "The model's provider withheld the answer (content filter).",
    fix: "Change the question or the instructions; the provider's rules decide what is withheld.",
  },
  AF_RUN_ANSWER_CUT: {
    message: 'The model reached its output limit before it wrote anything.',
    fix: 'Raise "maxOutputTokens" in the agent\'s settings.',
  },
  AF_RUN_MODEL_FAILED: {
    message: 'The model {model} failed: {reason}.',
    fix: 'Look into the log of the plugin that provides it.',
  },
  AF_RUN_FAILED: {
    message: 'The run failed: {reason}.',
    fix: "Look at the run's events and the log of the platform.",
  },
  AF_TOOL_UNKNOWN: {
    message: 'There is no tool "{tool}" here.',
    fix: 'Tools that can be called: {known}.',
  },
  AF_TOOL_INPUT_MALFORMED: {
    message: 'The arguments for "{tool}" are no JSON object: {text}',
    fix: 'Call the tool again with one JSON object that fits its schema.',
  },
  AF_TOOL_INPUT_INVALID: {
    message: 'The input of "{tool}" is not valid: {problems}.',
    fix: 'Call the tool again with an input that fits its schema.',
  },
  AF_TOOL_OUTPUT_INVALID: {
    message: 'The tool "{tool}" gave a result it may not give: {problems}.',
    fix: 'Go on without the result; the tool has to be mended by its author.',
  },
  AF_TOOL_RESULT_TOO_LARGE: {
    message: 'The result of "{tool}" has {size} characters, and may have {max}.',
    fix: 'Ask for less: a smaller limit, a narrower search.',
  },
  AF_TOOL_TIMEOUT: {
    message: 'The tool "{tool}" did not answer within {ms} ms.',
    fix: 'Ask for less, or try again later.',
    retryable: true,
  },
  AF_TOOL_REJECTED: {
    message: '{who} did not allow the call of "{tool}"{why}.',
    fix: 'Go on without it, or ask for something else.',
  },
  AF_TOOL_OUTCOME_UNKNOWN: {
    message: 'Whether "{tool}" did what was asked is not known: the platform stopped while it was at work.',
    fix: 'Go on without its result, and say so.',
  },
  AF_TOOL_QUESTION_REFUSED: {
    message: '"{tool}" asked something and was not answered: {reason}.',
    fix: 'Go on without the answer, and say so; or call it from a client that answers what tools ask.',
  },
  AF_TOOL_QUESTION_CHANGED: {
    message: '"{tool}" was called again with an answer, and asks something else than before.',
    fix: 'Have the tool ask the same questions in the same order for the same input.',
  },
  AF_TOOL_QUESTION_INVALID: {
    message: '"{tool}" asks what is no question: {reason}.',
    fix: 'Ask with a form or of a model, as ToolQuestion of the SDK has it, in at most 100,000 characters of JSON.',
  },
  AF_TOOL_ASKS: {
    message: 'The call of "{tool}" ends here: it is made again once there is an answer.',
    fix: 'Let it end; do not catch this error.',
  },
  AF_TOOL_DROPPED: {
    message: 'The call of "{tool}" was broken off: its result is not needed any more.',
    fix: 'Nothing has to be done; the workflow went another way.',
  },
  AF_TOOL_FAILED: {
    message: 'The tool "{tool}" failed: {reason}.',
    fix: 'Try another input, or go on without the tool.',
  },
} as const;

/** Every error of this plugin; a code is never reused. */
export const errorTable: typeof ownErrors &
  typeof forkErrorTable &
  typeof replayErrorTable &
  typeof workflowErrorTable = {
  ...ownErrors,
  ...forkErrorTable,
  ...replayErrorTable,
  ...workflowErrorTable,
};

/** Makes this plugin's errors. */
export const errors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
