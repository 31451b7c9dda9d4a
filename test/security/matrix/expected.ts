/**
 * Who may call what. Kept by hand and never made from the routes or the permissions, so that a mistake there cannot
 * agree with itself here. A route that is added fails the matrix until somebody has decided, and written down, who may.
 */
const readers = 'viewer operator builder tenant-admin';
const runners = 'operator builder tenant-admin service';
const builders = 'builder tenant-admin';
const tenantAdmin = 'tenant-admin';
const platformAdmin = 'platform-admin';
const everybody = 'viewer operator builder tenant-admin platform-admin service';
const readersAndPrograms = `${readers} service`;

/** Roles by operation; `public` for what asks for nothing. */
export const expected: Readonly<Record<string, string>> = {
  // the platform
  getHealth: 'public',
  getOpenApi: 'public',
  getError: 'public',
  listPlugins: platformAdmin,
  listTenants: platformAdmin,
  createTenant: platformAdmin,
  eraseTenant: platformAdmin,
  disableAccount: platformAdmin,
  rotateSigningKey: platformAdmin,
  listPlatformAudit: platformAdmin,
  verifyPlatformAudit: platformAdmin,
  getMetrics: platformAdmin,

  // oneself
  getMe: everybody,
  getSession: everybody,
  listSessions: everybody,
  endSession: everybody,
  logout: everybody,
  changePassword: everybody,
  beginSecondFactor: everybody,
  confirmSecondFactor: everybody,
  removeSecondFactor: everybody,
  listOidcProviders: 'public',
  beginOidcLogin: 'public',
  endOidcLogin: 'public',
  listIdentities: everybody,
  linkIdentity: everybody,
  unlinkIdentity: everybody,
  createTokens: everybody,
  listTokens: everybody,
  endTokens: everybody,
  refreshTokens: 'public',
  getKeySet: 'public',
  login: 'public',
  acceptInvitation: 'public',
  showInvitation: 'public',

  // the tenant
  explainAccess: tenantAdmin,
  listMembers: tenantAdmin,
  addMember: tenantAdmin,
  changeMember: tenantAdmin,
  removeMember: tenantAdmin,
  inviteMember: tenantAdmin,
  listPermissions: builders,
  listRoles: builders,
  putRole: tenantAdmin,
  removeRole: tenantAdmin,
  listKeys: tenantAdmin,
  createKey: tenantAdmin,
  rotateKey: tenantAdmin,
  revokeKey: tenantAdmin,
  listAudit: tenantAdmin,
  verifyAudit: tenantAdmin,

  // agents, workflows, routers
  listAgents: readersAndPrograms,
  getAgent: readersAndPrograms,
  listAgentRevisions: readersAndPrograms,
  diffAgent: readersAndPrograms,
  listTools: readersAndPrograms,
  putAgent: builders,
  removeAgent: builders,
  attachTool: builders,
  detachTool: builders,
  listWorkflows: readersAndPrograms,
  getWorkflow: readersAndPrograms,
  listWorkflowRevisions: readersAndPrograms,
  diffWorkflow: readersAndPrograms,
  drawWorkflow: readersAndPrograms,
  putWorkflow: builders,
  removeWorkflow: builders,
  listRouters: readersAndPrograms,
  getRouter: readersAndPrograms,
  listRouterRevisions: readersAndPrograms,
  diffRouter: readersAndPrograms,
  drawRouter: readersAndPrograms,
  putRouter: builders,
  removeRouter: builders,
  listBlueprints: readers,
  getBlueprint: readers,
  validateBlueprint: readers,
  diffBlueprint: readers,
  exportBlueprint: readers,
  installBlueprint: builders,
  upgradeBlueprint: builders,
  removeBlueprint: builders,

  // runs
  listRuns: readersAndPrograms,
  getRun: readersAndPrograms,
  listRunEvents: readersAndPrograms,
  streamRun: readersAndPrograms,
  replayRun: runners,
  diffRuns: readersAndPrograms,
  startRun: runners,
  sendToRun: runners,
  cancelRun: runners,
  forkRun: runners,
  approveRun: 'operator builder tenant-admin',
  decideRun: 'operator builder tenant-admin',
  forgetMemory: 'tenant-admin service',
  listPromptLog: 'operator builder tenant-admin',
  exportPromptLog: 'operator builder tenant-admin',
  getPromptLogEntry: 'operator builder tenant-admin',
  exportRunSpans: 'operator builder tenant-admin',

  // clients of other protocols
  callMcp: runners,
  listOpenaiModels: readersAndPrograms,
  getOpenaiModel: readersAndPrograms,
  createChatCompletion: runners,
  createOpenaiResponse: runners,

  // tools, artifacts, knowledge
  listToolKinds: readers,
  listToolRegistrations: readers,
  getToolRegistration: readers,
  listToolRegistrationVersions: readers,
  registerTools: builders,
  removeToolRegistration: builders,
  testTool: builders,
  listArtifacts: readersAndPrograms,
  getArtifact: readersAndPrograms,
  readArtifact: readersAndPrograms,
  deleteArtifact: builders,
  listKnowledge: readersAndPrograms,
  searchKnowledge: readersAndPrograms,
  getKnowledge: readersAndPrograms,
  listKnowledgeDocuments: readersAndPrograms,
  putKnowledge: builders,
  removeKnowledge: builders,
  ingestKnowledge: builders,
  addKnowledgeDocument: builders,
  removeKnowledgeDocument: builders,
};

/** What a key may do that carries `me:read` alone, whatever its account may. */
export const withMeRead: ReadonlySet<string> = new Set([
  'getMe',
  'getSession',
  'listSessions',
  'listTokens',
  'listIdentities',
]);
