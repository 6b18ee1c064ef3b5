//! Putting a copy in the place of the database.

use sqlx::Connection;

use super::error::{is_in_use, store_error};
use super::server::{Server, TRIES};
use crate::error::StoreError;
use crate::select::{quoted, sql};

impl Server {
    /// Puts a copy in the place of the database, which gets another name where it is there: both at once, or nothing.
    /// The copy has its owner then, and what was set, granted or said of the database as a whole.
    ///
    /// # Errors
    /// When its clients come back faster than it can be renamed, or the user may not rename it.
    pub(crate) async fn swap(&mut self, copy: &str, aside: Option<&str>) -> Result<(), StoreError> {
        let database = self.database.clone();
        let Some(aside) = aside else {
            return self.run(rename(copy, &database)).await;
        };
        self.take_attributes(copy).await?;
        self.take_settings(copy).await?;
        let mut tries = 0;
        loop {
            self.cut_off(&database).await?;
            self.cut_off(copy).await?;
            let swapped = async {
                let mut transaction = self.main.begin().await?;
                sqlx::query(sql(rename(&database, aside))).execute(&mut *transaction).await?;
                sqlx::query(sql(rename(copy, &database))).execute(&mut *transaction).await?;
                transaction.commit().await
            };
            match swapped.await {
                Ok(()) => return Ok(()),
                Err(error) if is_in_use(&error) && tries < TRIES => tries += 1,
                Err(error) => return Err(self.error(&error)),
            }
        }
    }

    /// Gives a database that nobody knows of another name.
    ///
    /// # Errors
    /// When the user may not rename it.
    pub(crate) async fn rename(&mut self, from: &str, to: &str) -> Result<(), StoreError> {
        self.run(rename(from, to)).await
    }

    /// `ALTER DATABASE … OWNER TO`, `… CONNECTION LIMIT` and `COMMENT ON DATABASE`. First, since it is the owner who grants.
    async fn take_attributes(&mut self, copy: &str) -> Result<(), StoreError> {
        const ATTRIBUTES: &str = "SELECT d.datdba = c.datdba, quote_ident(pg_get_userbyid(d.datdba)), d.datconnlimit, \
            quote_literal(shobj_description(d.oid, 'pg_database')) FROM pg_database d JOIN pg_database c \
            ON c.datname = $2 WHERE d.datname = $1";
        let found =
            sqlx::query_as(ATTRIBUTES).bind(&self.database).bind(copy).fetch_one(&mut self.main).await;
        let (same_owner, owner, limit, comment): (bool, String, i32, Option<String>) =
            found.map_err(|error| self.error(&error))?;
        let copy = quoted(copy);
        // Whoever owns it already need not have the right to give it away.
        if !same_owner {
            self.run(format!("ALTER DATABASE {copy} OWNER TO {owner}")).await?;
        }
        if limit >= 0 {
            self.run(format!("ALTER DATABASE {copy} CONNECTION LIMIT {limit}")).await?;
        }
        if let Some(comment) = comment {
            self.run(format!("COMMENT ON DATABASE {copy} IS {comment}")).await?;
        }
        Ok(())
    }

    /// `ALTER DATABASE … SET` and `GRANT … ON DATABASE`.
    async fn take_settings(&mut self, copy: &str) -> Result<(), StoreError> {
        const SET: &str = "SELECT split_part(setting, '=', 1), substr(setting, strpos(setting, '=') + 1), \
            quote_ident(r.rolname) FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase \
            CROSS JOIN unnest(s.setconfig) setting LEFT JOIN pg_roles r ON r.oid = s.setrole WHERE d.datname = $1";
        const GRANTED: &str = "SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(r.rolname) END, \
            a.privilege_type::text, a.is_grantable FROM pg_database d CROSS JOIN aclexplode(d.datacl) a \
            LEFT JOIN pg_roles r ON r.oid = a.grantee WHERE d.datname = $1";
        let (copy, name) = (quoted(copy), self.name.clone());
        let failed = |error: sqlx::Error| store_error(&name, &error);
        let granted: Vec<(String, String, bool)> =
            sqlx::query_as(GRANTED).bind(&self.database).fetch_all(&mut self.main).await.map_err(failed)?;
        if !granted.is_empty() {
            self.run(format!("REVOKE ALL ON DATABASE {copy} FROM PUBLIC")).await?;
        }
        for (grantee, privilege, grantable) in granted {
            let grantable = if grantable { " WITH GRANT OPTION" } else { "" };
            self.run(format!("GRANT {privilege} ON DATABASE {copy} TO {grantee}{grantable}")).await?;
        }
        let set: Vec<(String, String, Option<String>)> =
            sqlx::query_as(SET).bind(&self.database).fetch_all(&mut self.main).await.map_err(failed)?;
        for (setting, value, role) in set {
            let name: Vec<String> = setting.split('.').map(quoted).collect();
            let name = name.join(".");
            let whose = match role {
                Some(role) => format!("ROLE {role} IN DATABASE {copy}"),
                None => format!("DATABASE {copy}"),
            };
            // Through a setting of this connection, since some values are lists that are quoted in their own way.
            let mut transaction = self.main.begin().await.map_err(failed)?;
            let begun = sqlx::query("SELECT set_config($1, $2, true)").bind(setting).bind(value);
            begun.execute(&mut *transaction).await.map_err(failed)?;
            let take = sql(format!("ALTER {whose} SET {name} FROM CURRENT"));
            sqlx::query(take).execute(&mut *transaction).await.map_err(failed)?;
            transaction.commit().await.map_err(failed)?;
        }
        Ok(())
    }
}

fn rename(from: &str, to: &str) -> String {
    format!("ALTER DATABASE {} RENAME TO {}", quoted(from), quoted(to))
}
