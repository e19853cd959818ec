/** Errors of agents and of where they run; part of `ERRORS`. */
export const AGENT_ERRORS = {
  AGENT_FAILED: {
    status: 502,
    class: "user",
    title: "An agent could not do its part",
    message: "{agent}: {reason}",
    fix: "Say in other words what the app should do, and retry the job.",
  },
  AGENT_BROKEN: {
    status: 502,
    class: "infrastructure",
    title: "An agent ended without a result",
    message: "{agent} ended as {execution} and left no readable result: {reason}",
    fix: "The job is tried again on its own.",
  },
  AGENT_MISSING: {
    status: 500,
    class: "internal",
    title: "An agent is not deployed",
    message: "Nothing is there that runs {agent}; there are: {known}.",
    fix: "Deploy the platform stack again (`pulumi up` or `npm start`).",
  },
  AGENT_NO_ROOM: {
    status: 503,
    class: "infrastructure",
    title: "There is no room for an agent",
    message: "{agent} could not be started: {reason}",
    fix: "The job is tried again on its own. If it repeats, ask for more Standard cores of Container Instances under Quotas, or give the platform another region.",
  },
  AGENT_IMAGE: {
    status: 500,
    class: "internal",
    title: "The image of an agent cannot be pulled",
    message: "{agent} could not be started: {reason}",
    fix: "Deploy the platform stack again (`pulumi up`): it builds the image and gives the agent's identity AcrPull on the registry.",
  },
} as const;
