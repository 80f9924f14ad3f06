-- The application's tables and what has to be in them. Can be run again at any time: nothing that is
-- there is changed or removed.
--
-- On the database host, as its administrator: mysql < db/init.sql
-- The application's own user cannot run it: it may read and write rows, and make no tables. That user
-- is made with the host, not here (GRANT SELECT, INSERT, UPDATE, DELETE ON appdb.* TO ...).

CREATE DATABASE IF NOT EXISTS appdb CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
USE appdb;

-- What the application knows of itself; /db-check reads schema_version.
CREATE TABLE IF NOT EXISTS app_info (
  name VARCHAR(64) NOT NULL PRIMARY KEY,
  value VARCHAR(255) NOT NULL,
  changed_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

-- /db-check writes here and rolls back (InnoDB can), so it stays empty.
CREATE TABLE IF NOT EXISTS db_checks (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  checked_by VARCHAR(64) NOT NULL,
  checked_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

INSERT INTO app_info (name, value) VALUES ('schema_version', '1')
  ON DUPLICATE KEY UPDATE value = value;
