export type { Access, Authorize, DashboardOptions } from './options.js'
export type { ActionEvent, ActionName } from './actions.js'
export { type Dashboard, type NodeHandler, dashboard } from './dashboard.js'
