/** Keys of the Secret of an attempt; the first two are files under /etc/bellows. */
export const TOKEN_KEY = 'token'
export const APPLICATION_KEY = 'application.json'
/** The token in the form that Spark reads from the variable of an executor. */
export const SPARK_TOKEN_KEY = 'spark-token'
