/** What can go wrong with workflows and routers; part of the plugin's one table of errors. */
export const workflowErrorTable = {
  AF_WORKFLOW_INVALID: {
    message: 'The workflows have {count} problem(s):\n{list}',
    fix: 'Mend each line named; no workflow was loaded.',
    status: 400,
  },
  AF_WORKFLOW_UNKNOWN: {
    message: 'There is no workflow named "{workflow}".',
    fix: '{mend}',
    status: 404,
  },
  AF_WORKFLOW_INPUT_INVALID: {
    message: 'The workflow "{workflow}" was not started: {problems}.',
    fix: "Give what the workflow's input schema says; GET /api/v1/workflows/{workflow} shows it.",
    status: 400,
  },
  AF_WORKFLOW_STEP_FAILED: {
    message: 'The step "{step}" failed: {reason}.',
    fix: "Look at the run's events for what the step was given.",
  },
  AF_WORKFLOW_STEP_INPUT_INVALID: {
    message: 'What the step "{step}" is given does not fit: {problems}.',
    fix: "Mend the node's input, or its inputSchema.",
  },
  AF_WORKFLOW_OUTPUT_INVALID: {
    message: 'What the step "{step}" gave does not fit its outputSchema: {problems}.',
    fix: "Mend what the step runs, or the node's outputSchema.",
  },
  AF_WORKFLOW_RESULT_INVALID: {
    message: 'The result of the workflow "{workflow}" does not fit its output schema: {problems}.',
    fix: "Mend the workflow's result, or its output schema.",
  },
  AF_WORKFLOW_ITEMS_INVALID: {
    message: 'The step "{step}" runs once for each item of a list, and was given {type}.',
    fix: "Mend the node's items, so that they make a list.",
  },
  AF_WORKFLOW_NO_WAY: {
    message: 'No condition on the edges of the branch "{step}" holds.',
    fix: 'Add an edge without a condition for the rest; route.decided shows what the conditions saw.',
  },
  AF_WORKFLOW_LOOP_BOUND: {
    message: 'The loop "{step}" ran {max} times, and its condition still holds.',
    fix: 'Raise maxIterations, mend the condition, or let the loop go on with "onBound": "continue".',
  },
  AF_WORKFLOW_STEP_TIMEOUT: {
    message: 'The step "{step}" did not end within {ms} ms.',
    fix: 'Raise its timeoutMs, or give it an onError.',
    retryable: true,
  },
  AF_WORKFLOW_REJECTED: {
    message: 'The step "{step}" was refused by {by}: {reason}.',
    fix: 'Give it an onError, or "onReject": "continue" and a branch after it, if the workflow is to go on.',
  },
  AF_WORKFLOW_LIMIT_STEPS: {
    message: 'The step "{step}" is one too many: the workflow may run {max}.',
    fix: 'Raise "steps" in the limits of the workflow, or find what repeats in the events of the run.',
  },
  AF_WORKFLOW_COMPENSATION_FAILED: {
    message: 'The workflow failed, and not all of it could be undone: {list} It failed because: {reason}',
    fix: 'Undo by hand what is named; the events of the run show all steps and what undid them.',
  },
  AF_ROUTER_INVALID: {
    message: 'The routers have {count} problem(s):\n{list}',
    fix: 'Mend each line named; no router was loaded.',
    status: 400,
  },
  AF_ROUTER_UNKNOWN: {
    message: 'There is no router named "{router}".',
    fix: '{mend}',
    status: 404,
  },
  AF_ROUTER_HOPS: {
    message:
      'The agents of the router "{router}" handed over {max} times: the last wanted "{target}" to go on.',
    fix: 'Raise maxHops, or mend the conditions; route.decided shows what they saw.',
  },
  AF_ROUTER_INPUT_FAILED: {
    message: 'What "{target}" is given after "{agent}" could not be made: {reason}.',
    fix: "Mend the input of the router's edge.",
  },
} as const;
