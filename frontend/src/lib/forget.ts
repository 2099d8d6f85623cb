// What is kept in memory for one person, and must be gone before the page belongs to another. Each module that keeps
// such a thing says here how it lets go of it; the end of a session calls them all.
const forgetting: (() => void)[] = []
export const forgets = (forget: () => void) => { forgetting.push(forget) }
export const forgetAll = () => { for (const forget of forgetting) forget() }
