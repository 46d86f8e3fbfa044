/** Keys of the Secret of an attempt, which are the files under /etc/bellows. */
export const TOKEN_KEY = 'token'
export const APPLICATION_KEY = 'application.json'
