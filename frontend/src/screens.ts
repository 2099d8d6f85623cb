// The screens, each fetched when it is wanted.
import type { Route } from './lib/route'

const door = () => import('./screens/Auth.svelte')
export const screens = {
  login: door, signup: door, join: door, forgot: door, reset: door,
  confirm: () => import('./screens/Confirm.svelte'),
  library: () => import('./screens/Library.svelte'),
  document: () => import('./screens/Document.svelte'),
  account: () => import('./screens/Account.svelte'),
  connections: () => import('./screens/Connections.svelte'),
  history: () => import('./screens/History.svelte'),
  people: () => import('./screens/People.svelte'),
  operator: () => import('./screens/Operator.svelte'),
  status: () => import('./screens/Status.svelte'),
  bills: () => import('./screens/Bills.svelte'),
  spending: () => import('./screens/Spending.svelte'),
  lost: () => import('./screens/Lost.svelte'),
} satisfies Record<Route['screen'], () => Promise<unknown>>
