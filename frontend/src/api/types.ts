// The shapes of the public API, from api/openapi.yaml (npm run types).
import type { components } from './schema'

type S = components['schemas']
export type Problem = S['Problem']
export type User = S['User']
export type Session = S['Session']
export type Job = S['Job']
export type JobList = S['JobList']
export type Document = S['Document']
export type DocumentList = S['DocumentList']
export type Result = S['Result']
export type Field = S['Field']
export type Corrections = S['Corrections']
export type Money = S['Money']
export type Page = S['Page']
export type Word = S['Word']
export type Band = S['Band']
export type Region = S['Region']
