export type * as conformance from '@alligator/conformance'
export type * as core from '@alligator/core'
export type * as testing from '@alligator/core/testing'
export type * as sqlite from '@alligator/sqlite'
