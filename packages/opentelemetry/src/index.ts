export { type Relation, type TelemetryOptions, telemetry } from './telemetry.js'
